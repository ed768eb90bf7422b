// A run in the formats of other tools: docs/watch.md.
#pragma once
#include <string>

#include "core/files.hpp"
#include "monitor/run_source.hpp"
#include "report/tensorboard.hpp"

namespace scaffold {

/// Everything of a run folder, every step event by itself. DataError when there is no run in it.
RunData read_whole_run(const fs::path& folder);
/// What is missing of the run for whoever exports it: a torn or damaged log; empty when nothing is.
std::string what_is_missing(const fs::path& folder, const RunData& run);

/// For TensorBoard: the steps' values at steps, the epochs' at epochs.
TensorboardPoints tensorboard_points(const RunData& run);
/// Writes them below `board` into an event file of the folder `run_folder` alone, or appends to it what has
/// come since; its path. SystemError where that cannot be written.
fs::path export_to_tensorboard(const fs::path& board, const fs::path& run_folder, const RunData& run);
/// Text for the textfile collector of Prometheus' node exporter: the latest values of the run in the folder
/// `run_folder`, whose path is a label. https://prometheus.io/docs/instrumenting/exposition_formats/
std::string openmetrics_text(const RunData& run, const fs::path& run_folder, std::int64_t now);
/// Tables with a header line; numbers are the shortest decimals that read back the same; what is not known is
/// empty.
std::string epochs_csv(const RunData& run);
std::string steps_csv(const RunData& run);
std::string samples_csv(const RunData& run);

}  // namespace scaffold
