// How far a run is, from its record.
#pragma once
#include <string>

#include "monitor/run_source.hpp"

namespace scaffold {

/// Median seconds of a training step among the latest 101; 0 while none is known.
double median_step(const RunData& data);
/// Whether a run that nothing was heard of for `silent` seconds has stalled: ten of its median steps, and at
/// least ten seconds, since steps are reported at most once a second.
bool is_stalled(const RunData& data, double silent);
/// "epoch 4  step 12/18", "epoch 4  validating 3/8", of a run that has ended "4 epochs"; empty before the
/// first step.
std::string progress_text(const RunData& data);
/// Of the epoch's steps, or of its validation, 0 to 1; 0 when it is not known or the run has ended.
double progress_share(const RunData& data);
/// What is left at `now` (seconds since 1970) of a time that was forecast at the end of the last epoch.
double still_left(const RunData& data, double forecast_seconds, double now);

}  // namespace scaffold
