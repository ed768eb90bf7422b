// Numbers derived from a run's records; one definition each, used by every output.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "run/records.hpp"

namespace scaffold {

/// "converged", "epochs_exhausted", "interrupted", "failed".
std::string_view status_name(RunStatus status);

/// Seconds of training to convergence: this session's staging and the sum of all epochs' durations; nothing
/// unless the run converged.
std::optional<double> figure_of_merit(const RunRecord& run);
/// The reference's form of it: 1 / seconds.
std::optional<double> inverse_figure_of_merit(const RunRecord& run);
/// Seconds of the figure, converged or not, that the reference's epoch time does not hold: checkpoints, and
/// staging.
double seconds_beyond_reference(const RunRecord& run);
/// Where our epoch time differs from the reference's in this run, for people.
std::string epoch_time_text(const RunRecord& run);
/// "LibTorch 2.11.0, PyTorch's C++ library".
std::string framework_text(const RunRecord& run);
/// The figure of merit for people: "36.07 s", or "none: stopped after 3 epochs at recall 0.9100 < 0.95".
std::string figure_of_merit_text(const RunRecord& run);

/// The p-quantile (0 <= p <= 1) by linear interpolation between order statistics (Hyndman and Fan's type 7,
/// as NumPy's default); NaN for no values. Values that are not finite are left out.
double percentile(std::vector<double> values, double p);

struct StepTimes {
  std::size_t count = 0;
  double mean = 0, min = 0, p50 = 0, p90 = 0, p99 = 0, max = 0;  ///< seconds; NaN when count is 0
};
StepTimes step_times(const std::vector<double>& seconds);

/// Counted FLOPs of a training step over the median step's seconds; nothing when either is unknown.
std::optional<double> achieved_flops_per_second(const RunRecord& run);
/// Training samples over the training part of all epochs; nothing when unknown.
std::optional<double> mean_samples_per_second(const std::vector<EpochRecord>& epochs);
/// Sum of the epochs' durations: the training time so far, whether converged or not.
double trained_seconds(const std::vector<EpochRecord>& epochs);
/// Seconds of training until the first epoch whose score reaches `target`.
std::optional<double> seconds_to_score(const std::vector<EpochRecord>& epochs, double target);

PhaseSeconds phase_totals(const std::vector<EpochRecord>& epochs);
double phase_sum(const PhaseSeconds& phases);
/// Names and values of the phases in their order of display.
std::array<std::pair<std::string_view, double>, 7> phase_list(const PhaseSeconds& phases);

/// The epoch of the best score (the first of equals); nothing when there is none that is a number.
const EpochRecord* best_epoch(const std::vector<EpochRecord>& epochs);

}  // namespace scaffold
