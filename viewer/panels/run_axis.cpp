#include "panels/run_axis.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace scaffold::viewer {

const char* title(RunAxis axis) {
  constexpr const char* titles[] = {"epoch", "seconds of training", "optimizer steps",
                                    "seconds since the first run began"};
  return titles[static_cast<std::size_t>(axis)];
}

double began(const RunData& run) {
  for (const RunStep& step : run.steps)
    if (step.time > 0) return step.time - step.seconds;
  for (const RunEpoch& each : run.epochs)
    if (each.time > 0) return each.time - each.record.epoch_duration;
  return 0;
}

AlongRun::AlongRun(const RunData& run, RunAxis axis, double origin) : as_it_is_(axis == RunAxis::epochs) {
  if (axis == RunAxis::seconds) add_seconds(run);
  if (axis == RunAxis::clock) add_clock(run, origin);
  if (axis != RunAxis::steps) return;
  add(0, 0);
  for (const RunEpoch& each : run.epochs)
    add(static_cast<double>(each.record.epoch), static_cast<double>(each.record.total_optimizer_steps));
  if (knots_.size() == 1 && run.steps_per_epoch > 0) add(1, static_cast<double>(run.steps_per_epoch));
}

/// Keeps the knots ascending: a restart's epoch may be logged twice, and the table's row is the one that
/// counts.
void AlongRun::add(double epoch, double value) {
  if (!std::isfinite(value) || (!knots_.empty() && epoch <= knots_.back().epoch)) return;
  knots_.push_back({epoch, value});
}

void AlongRun::add_seconds(const RunData& run) {
  double seconds = 0;
  add(0, 0);
  for (const RunEpoch& each : run.epochs)
    add(static_cast<double>(each.record.epoch), seconds += each.record.epoch_duration);
  // Of the epoch that goes on its steps tell.
  for (const RunStep& step : run.steps)
    if (step.to > knots_.back().epoch) add(step.to, seconds += step.seconds);
}

void AlongRun::add_clock(const RunData& run, double origin) {
  if (const double start = began(run); start > 0) add(0, start - origin);
  std::vector<Knot> seen;
  for (const RunEpoch& each : run.epochs)
    if (each.time > 0) seen.push_back({static_cast<double>(each.record.epoch), each.time});
  // An epoch's steps end before its validation: where both are known the epoch's own end counts.
  for (const RunStep& step : run.steps)
    if (step.time > 0 && step.to != std::floor(step.to)) seen.push_back({step.to, step.time});
  std::ranges::stable_sort(seen, {}, &Knot::epoch);
  for (const Knot& knot : seen) add(knot.epoch, knot.value - origin);
}

double AlongRun::operator()(double epoch) const {
  if (as_it_is_) return epoch;
  if (knots_.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  auto after = std::ranges::lower_bound(knots_, epoch, {}, &Knot::epoch);
  after = std::clamp(after, knots_.begin() + 1, knots_.end() - 1);
  const Knot &a = *(after - 1), &b = *after;
  return a.value + (epoch - a.epoch) / (b.epoch - a.epoch) * (b.value - a.value);
}

}  // namespace scaffold::viewer
