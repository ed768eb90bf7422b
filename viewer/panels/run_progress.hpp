// How far a run is, from its record.
#pragma once
#include <optional>
#include <string>

#include "monitor/run_source.hpp"

namespace scaffold::viewer {

/// Median seconds of a training step; nothing while none is known.
std::optional<double> median_step(const RunData& data);
/// Whether a run that nothing was heard of for `silent` seconds has stalled: ten of its median steps, and no
/// less than a few seconds.
bool is_stalled(const RunData& data, double silent);
/// "epoch 4, step 12 of 18", "epoch 4, validating 3 of 8"; empty before the first step.
std::string progress_text(const RunData& data);
/// Of the epoch, 0 to 1.
double progress_share(const RunData& data);

}  // namespace scaffold::viewer
