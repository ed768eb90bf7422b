#include "panels/run_progress.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "report/summary.hpp"

namespace scaffold::viewer {
namespace {

constexpr double steps_until_stalled = 10, least_seconds = 5;

}  // namespace

std::optional<double> median_step(const RunData& data) {
  std::vector<double> seconds;
  for (const auto& step : data.steps)
    if (step.steps > 0 && step.seconds > 0) seconds.push_back(step.seconds / step.steps);
  if (seconds.empty()) return std::nullopt;
  return percentile(std::move(seconds), 0.5);
}

bool is_stalled(const RunData& data, double silent) {
  const auto median = median_step(data);
  return median && data.end_status.empty() && silent > std::max(least_seconds, steps_until_stalled * *median);
}

std::string progress_text(const RunData& data) {
  if (data.validating)
    return cat("epoch ", data.validating->epoch, ", validating ", data.validating->done, " of ",
               data.validating->total);
  if (data.epoch < 1) return {};
  std::string text = cat("epoch ", data.epoch, ", step ", data.step);
  if (data.steps_per_epoch > 0) text += cat(" of ", data.steps_per_epoch);
  return text;
}

double progress_share(const RunData& data) {
  const auto share = [](std::int64_t done, std::int64_t total) {
    return total > 0 ? std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0) : 0.0;
  };
  if (data.validating) return share(data.validating->done, data.validating->total);
  return share(data.step, data.steps_per_epoch);
}

}  // namespace scaffold::viewer
