#include "monitor/run_progress.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace scaffold {
namespace {

constexpr std::size_t recent_steps = 101;
constexpr double steps_until_stalled = 10, min_seconds = 10;

}  // namespace

double median_step(const RunData& data) {
  std::vector<double> seconds;
  for (auto step = data.steps.rbegin(); step != data.steps.rend() && seconds.size() < recent_steps; ++step)
    if (step->seconds > 0 && step->steps > 0) seconds.push_back(step->seconds / step->steps);
  if (seconds.empty()) return 0;
  const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
  std::nth_element(seconds.begin(), middle, seconds.end());
  return *middle;
}

bool is_stalled(const RunData& data, double silent) {
  const double step = median_step(data);
  return step > 0 && data.end_status.empty() && silent > std::max(min_seconds, steps_until_stalled * step);
}

std::string progress_text(const RunData& data) {
  if (data.end_status.empty()) {
    if (data.validating)
      return cat("epoch ", data.validating->epoch, "  validating ", data.validating->done, "/",
                 data.validating->total);
    if (data.epoch > 0)
      return cat("epoch ", data.epoch, "  step ", data.step,
                 data.steps_per_epoch > 0 ? cat("/", data.steps_per_epoch) : "");
  }
  if (data.epochs.empty()) return {};
  const std::int64_t last = data.epochs.back().record.epoch;
  return cat(last, last == 1 ? " epoch" : " epochs");
}

double progress_share(const RunData& data) {
  const auto share = [](std::int64_t done, std::int64_t total) {
    return total > 0 ? std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0) : 0.0;
  };
  if (!data.end_status.empty()) return 0;
  if (data.validating) return share(data.validating->done, data.validating->total);
  return share(data.step, data.steps_per_epoch);
}

double still_left(const RunData& data, double forecast_seconds, double now) {
  const double ended = data.epochs.empty() ? 0 : data.epochs.back().time;
  const double passed = ended > 0 ? std::max(now - ended, 0.0) : 0;
  return std::max(forecast_seconds - passed, 0.0);
}

}  // namespace scaffold
