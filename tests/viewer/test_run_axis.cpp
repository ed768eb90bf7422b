// What charts of runs are drawn over.
#include <rapidcheck.h>

#include <cmath>

#include "catch.hpp"
#include "panels/run_charts.hpp"

using namespace scaffold;
using namespace scaffold::viewer;

namespace {

/// Of epochs that took these seconds, each begun after a wait (between two sessions).
RunData run_of(const std::vector<double>& seconds, const std::vector<double>& waits, std::int64_t steps) {
  RunData run;
  run.steps_per_epoch = steps;
  double clock = 1e9;
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    RunEpoch epoch;
    epoch.record.epoch = static_cast<std::int64_t>(i) + 1;
    epoch.record.epoch_duration = seconds[i];
    epoch.record.total_optimizer_steps = epoch.record.epoch * steps;
    clock += waits[i] + seconds[i];
    epoch.time = clock;
    epoch.logged = true;
    run.epochs.push_back(epoch);
  }
  return run;
}

RunData any_run() {
  const auto epochs = *rc::gen::inRange<std::size_t>(1, 40);
  std::vector<double> seconds, waits;
  for (std::size_t i = 0; i < epochs; ++i) {
    seconds.push_back(*rc::gen::inRange(1, 1000) / 16.0);
    waits.push_back(*rc::gen::inRange(0, 3) * 100);
  }
  return run_of(seconds, waits, *rc::gen::inRange(1, 50));
}

}  // namespace

TEST_CASE("a run's epochs lie where its seconds, steps and clock say") {
  CHECK(rc::check([] {
    const RunData run = any_run();
    const double origin = began(run);
    const AlongRun epochs(run, RunAxis::epochs), seconds(run, RunAxis::seconds), steps(run, RunAxis::steps),
        clock(run, RunAxis::clock, origin);
    double trained = 0, before = 0;
    RC_ASSERT(std::abs(clock(0)) < 1e-6);
    for (const RunEpoch& each : run.epochs) {
      const auto at = static_cast<double>(each.record.epoch);
      trained += each.record.epoch_duration;
      RC_ASSERT(std::abs(seconds(at) - trained) < 1e-9 * trained);
      RC_ASSERT(std::abs(seconds(at - 0.25) - (trained - 0.25 * each.record.epoch_duration)) <
                1e-9 * trained);
      RC_ASSERT(std::abs(steps(at) - static_cast<double>(each.record.total_optimizer_steps)) < 1e-6);
      RC_ASSERT(std::abs(clock(at) - (each.time - origin)) < 1e-6);
      RC_ASSERT(clock(at) >= before);
      RC_ASSERT(epochs(at - 0.5) == at - 0.5);
      before = clock(at);
    }
  }));
  const AlongRun nothing(RunData{}, RunAxis::seconds);
  CHECK(std::isnan(nothing(1)));
}

TEST_CASE("an epoch that goes on is told of by its steps") {
  RunData run = run_of({7, 8}, {0, 0}, 4);
  const double trained = 15;
  for (int i = 1; i <= 3; ++i) {
    RunStep step;
    step.to = 2 + i / 4.0;
    step.seconds = 5;
    run.steps.push_back(step);
  }
  const AlongRun seconds(run, RunAxis::seconds);
  CHECK(seconds(2.25) == Approx(trained + 5));
  CHECK(seconds(2.75) == Approx(trained + 15));
}

TEST_CASE("a score is drawn over seconds, and time per epoch over epochs all the same") {
  auto data = std::make_shared<RunData>(run_of({30, 20, 25}, {0, 5, 0}, 4));
  std::vector<RunCurve> runs{{"a", {1, 0, 0}, data, std::make_shared<AlongRun>(*data, RunAxis::seconds)}};
  const auto chart = [&](RunChart which) {
    return run_chart(run_chart_table()[chart_number(which)], runs, 0, false, RunAxis::seconds);
  };
  const Chart score = chart(RunChart::score);
  CHECK(score.x_label == "seconds of training");
  REQUIRE(!score.series.empty());
  CHECK(score.series[0].x[0] == Approx(data->epochs[0].record.epoch_duration));
  const Chart phases = chart(RunChart::phases);
  CHECK(phases.x_label == "epoch");
  REQUIRE(phases.bars);
  CHECK(phases.bars->x == std::vector<double>{1, 2, 3});
}

TEST_CASE("smoothing is the weighted mean of the points so far") {
  CHECK(rc::check([] {
    ChartSeries series;
    const auto n = *rc::gen::inRange<std::size_t>(1, 60);
    for (std::size_t i = 0; i < n; ++i) series.y.push_back(*rc::gen::inRange(-100, 100) / 8.0);
    const double by = *rc::gen::inRange(0, 100) / 100.0;
    ChartSeries smoothed = series;
    smooth(smoothed, by);
    for (std::size_t i = 0; i < n; ++i) {
      double sum = 0, weights = 0;
      for (std::size_t k = 0; k <= i; ++k) {
        const double weight = std::pow(by, static_cast<double>(i - k));
        sum += weight * series.y[k];
        weights += weight;
      }
      RC_ASSERT(std::abs(smoothed.y[i] - sum / weights) < 1e-9);
    }
  }));
}
