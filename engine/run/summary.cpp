#include "run/summary.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/text.hpp"

namespace scaffold {

std::string_view status_name(RunStatus status) {
  switch (status) {
    case RunStatus::converged:
      return "converged";
    case RunStatus::epochs_exhausted:
      return "epochs_exhausted";
    case RunStatus::interrupted:
      return "interrupted";
    case RunStatus::failed:
      return "failed";
  }
  return "failed";
}

std::optional<double> figure_of_merit(const RunRecord& run) {
  if (run.status != RunStatus::converged) return std::nullopt;
  return run.staging_seconds + trained_seconds(run.epochs);
}

std::optional<double> inverse_figure_of_merit(const RunRecord& run) {
  const auto seconds = figure_of_merit(run);
  if (!seconds || !(*seconds > 0)) return std::nullopt;
  return 1 / *seconds;
}

double seconds_beyond_reference(const RunRecord& run) {
  return run.staging_seconds + phase_totals(run.epochs).checkpoint;
}

std::string epoch_time_text(const RunRecord& run) {
  std::string more;
  const double checkpoints = phase_totals(run.epochs).checkpoint;
  const auto add = [&](const char* what, double seconds) {
    more +=
        cat(more.empty() ? "longer than the reference's by " : " and ", what, ", ", fixed(seconds, 2), " s");
  };
  // Every epoch books the moment that it takes to see that no checkpoint is due.
  if (checkpoints >= 0.005) add("checkpoints", checkpoints);
  if (run.staging_seconds > 0) add("staging", run.staging_seconds);
  return more.empty() ? "the reference's, and the writing of records, which it leaves out" : more;
}

std::string framework_text(const RunRecord& run) {
  std::string version;
  for (const auto& [name, value] : run.software)
    if (name == "LibTorch") version = " " + value;
  return cat("LibTorch", version, ", PyTorch's C++ library");
}

std::string figure_of_merit_text(const RunRecord& run) {
  if (const auto fom = figure_of_merit(run)) {
    const std::string seconds = fixed(*fom, 2) + " s";
    return *fom < 120 ? seconds : cat(seconds, " (", human_seconds(*fom), ")");
  }
  const char* verb = run.status == RunStatus::interrupted ? "interrupted"
                     : run.status == RunStatus::failed    ? "failed"
                                                          : "stopped";
  if (run.epochs.empty()) return cat("none: ", verb, " before the first epoch was complete");
  std::string text =
      cat("none: ", verb, " after ", run.epochs.size(), run.epochs.size() == 1 ? " epoch" : " epochs");
  if (const auto* best = best_epoch(run.epochs)) {
    text += cat(" at ", best->score_info().label, " ", best->score_info().text(best->score()));
    const MetricInfo& info = best->score_info();
    if (std::isfinite(run.target) && !info.reaches(best->score(), run.target))
      text += cat(info.higher_is_better ? " < " : " > ", shortest(run.target));
  }
  return text;
}

double percentile(std::vector<double> values, double p) {
  std::erase_if(values, [](double v) { return !std::isfinite(v); });
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double place = std::clamp(p, 0.0, 1.0) * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::ptrdiff_t>(place);
  std::nth_element(values.begin(), values.begin() + below, values.end());
  const double low = values[static_cast<std::size_t>(below)];
  if (below + 1 == static_cast<std::ptrdiff_t>(values.size())) return low;
  const double high = *std::min_element(values.begin() + below + 1, values.end());
  return low + (place - static_cast<double>(below)) * (high - low);
}

StepTimes step_times(const std::vector<double>& seconds) {
  StepTimes times;
  double sum = 0;
  for (const double s : seconds)
    if (std::isfinite(s)) {
      sum += s;
      ++times.count;
    }
  times.mean =
      times.count ? sum / static_cast<double>(times.count) : std::numeric_limits<double>::quiet_NaN();
  times.min = percentile(seconds, 0);
  times.p50 = percentile(seconds, 0.5);
  times.p90 = percentile(seconds, 0.9);
  times.p99 = percentile(seconds, 0.99);
  times.max = percentile(seconds, 1);
  return times;
}

std::optional<double> achieved_flops_per_second(const RunRecord& run) {
  const double median = percentile(run.step_seconds, 0.5);
  if (!(median > 0) || !(run.flops_per_step > 0)) return std::nullopt;
  return run.flops_per_step / median;
}

std::optional<double> mean_samples_per_second(const std::vector<EpochRecord>& epochs) {
  // Steps stand for samples: every step of a run has the same global batch.
  double steps = 0, steps_over_rate = 0;
  for (const auto& e : epochs) {
    if (!(e.samples_per_second > 0) || !std::isfinite(e.samples_per_second)) continue;
    steps += static_cast<double>(e.optimizer_steps);
    steps_over_rate += static_cast<double>(e.optimizer_steps) / e.samples_per_second;
  }
  if (!(steps_over_rate > 0)) return std::nullopt;
  return steps / steps_over_rate;
}

double trained_seconds(const std::vector<EpochRecord>& epochs) {
  double sum = 0;
  for (const auto& epoch : epochs) sum += epoch.epoch_duration;
  return sum;
}

std::optional<double> seconds_to_score(const std::vector<EpochRecord>& epochs, double target) {
  double sum = 0;
  for (const auto& epoch : epochs) {
    sum += epoch.epoch_duration;
    if (epoch.score_info().reaches(epoch.score(), target)) return sum;
  }
  return std::nullopt;
}

PhaseSeconds phase_totals(const std::vector<EpochRecord>& epochs) {
  PhaseSeconds sum;
  for (const auto& epoch : epochs) {
    const PhaseSeconds& p = epoch.phases;
    sum.data_wait += p.data_wait;
    sum.forward += p.forward;
    sum.backward += p.backward;
    sum.optimizer += p.optimizer;
    sum.validation += p.validation;
    sum.checkpoint += p.checkpoint;
    sum.other += p.other;
  }
  return sum;
}

double phase_sum(const PhaseSeconds& phases) {
  double sum = 0;
  for (const auto& [name, seconds] : phase_list(phases)) sum += seconds;
  return sum;
}

std::array<std::pair<std::string_view, double>, 7> phase_list(const PhaseSeconds& p) {
  return {{{"forward", p.forward},
           {"backward", p.backward},
           {"optimizer", p.optimizer},
           {"validation", p.validation},
           {"data wait", p.data_wait},
           {"checkpoint", p.checkpoint},
           {"other", p.other}}};
}

const EpochRecord* best_epoch(const std::vector<EpochRecord>& epochs) {
  const EpochRecord* best = nullptr;
  for (const auto& epoch : epochs)
    if (epoch.score_info().better(epoch.score(), best ? best->score() : std::nan(""))) best = &epoch;
  return best;
}

}  // namespace scaffold
