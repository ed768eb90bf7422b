// A run in the formats of other tools: docs/watch.md.
#pragma once
#include <string>

#include "core/files.hpp"
#include "monitor/run_source.hpp"

namespace scaffold {

/// Everything of a run folder, every step event by itself. DataError when there is no run in it.
RunData read_whole_run(const fs::path& folder);
/// What is missing of the run for whoever exports it: a torn or damaged log; empty when nothing is.
std::string what_is_missing(const fs::path& folder, const RunData& run);

/// An event file for TensorBoard: the steps' values at steps, the epochs' at epochs.
std::string tensorboard_events(const RunData& run);
/// Text for the textfile collector of Prometheus' node exporter: the run's latest values.
/// https://prometheus.io/docs/instrumenting/exposition_formats/
std::string openmetrics_text(const RunData& run, std::int64_t now);
/// Tables with a header line; numbers are the shortest decimals that read back the same; what is not known is
/// empty.
std::string epochs_csv(const RunData& run);
std::string steps_csv(const RunData& run);
std::string samples_csv(const RunData& run);

}  // namespace scaffold
