#include <rapidcheck.h>

#include <algorithm>
#include <cmath>

#include "catch.hpp"
#include "report/facts.hpp"
#include "run/summary.hpp"
#include "sample_run.hpp"

using namespace scaffold;

namespace {
/// NumPy's default by its definition: h = (n - 1) p, between the two nearest of the sorted values.
double by_sorting(std::vector<double> values, double p) {
  std::sort(values.begin(), values.end());
  const double h = (static_cast<double>(values.size()) - 1) * p;
  const auto low = static_cast<std::size_t>(std::floor(h)), high = static_cast<std::size_t>(std::ceil(h));
  return values[low] + (h - std::floor(h)) * (values[high] - values[low]);
}
}  // namespace

TEST_CASE("percentiles are those of the sorted values") {
  CHECK(rc::check([](std::vector<int> draws, unsigned per_mille) {
    RC_PRE(!draws.empty());
    const std::vector<double> values(draws.begin(), draws.end());
    const double p = (per_mille % 1001) / 1000.0;
    RC_ASSERT(std::abs(percentile(values, p) - by_sorting(values, p)) <= 1e-6);
  }));
  // numpy.percentile([15, 20, 35, 40, 50], [0, 40, 50, 90, 100])
  const std::vector<double> known = {50, 15, 40, 20, 35};
  CHECK(percentile(known, 0) == 15);
  CHECK(percentile(known, 0.4) == Approx(29.0));
  CHECK(percentile(known, 0.5) == 35);
  CHECK(percentile(known, 0.9) == Approx(46.0));
  CHECK(percentile(known, 1) == 50);
  CHECK(std::isnan(percentile({}, 0.5)));
  CHECK(percentile({NAN, 3, INFINITY}, 0.5) == 3);
}

TEST_CASE("step times leave out what is no number") {
  const StepTimes times = step_times({4, NAN, 1, 3, 2});
  CHECK(times.count == 4);
  CHECK(times.mean == 2.5);
  CHECK(times.min == 1);
  CHECK(times.p50 == 2.5);
  CHECK(times.p90 == Approx(3.7));
  CHECK(times.p99 == Approx(3.97));
  CHECK(times.max == 4);
  CHECK(step_times({}).count == 0);
  CHECK(std::isnan(step_times({}).mean));
}

TEST_CASE("the figure of merit is the sum of the epochs, and only a converged run has one") {
  auto run = sample::run(3);
  const double sum =
      run.epochs[0].epoch_duration + run.epochs[1].epoch_duration + run.epochs[2].epoch_duration;
  CHECK(figure_of_merit(run).value() == Approx(sum));
  run.staging_seconds = 2.5;  // the dataset's copy to the machine's own disk is part of the run
  CHECK(figure_of_merit(run).value() == Approx(sum + 2.5));
  run.staging_seconds = 0;
  CHECK(trained_seconds(run.epochs) == Approx(sum));
  for (const auto status : {RunStatus::epochs_exhausted, RunStatus::interrupted, RunStatus::failed}) {
    run.status = status;
    CHECK_FALSE(figure_of_merit(run));
  }
}

TEST_CASE("the figure of merit is told so that nobody mistakes it") {
  auto run = sample::run(3);
  for (auto& e : run.epochs) e.epoch_duration = 12.344;
  CHECK(figure_of_merit_text(run) == "37.03 s");
  for (auto& e : run.epochs) e.epoch_duration = 1234.5;
  CHECK(figure_of_merit_text(run) == "3703.50 s (1 h 01 m)");
  run.epochs[0].metric("val_dice") = 0.5;
  run.epochs[1].metric("val_dice") = 0.94999;
  run.epochs[2].metric("val_dice") = 0.7;
  run.status = RunStatus::epochs_exhausted;
  CHECK(figure_of_merit_text(run) == "none: stopped after 3 epochs at Dice 0.9499 < 0.95");
  run.epochs.resize(1);
  run.status = RunStatus::interrupted;
  CHECK(figure_of_merit_text(run) == "none: interrupted after 1 epoch at Dice 0.5000 < 0.95");
  run.epochs.clear();
  run.status = RunStatus::failed;
  CHECK(figure_of_merit_text(run) == "none: failed before the first epoch was complete");
}

TEST_CASE("scores are cut, not rounded up to a target they missed") {
  CHECK(default_score().text(0.95) == "0.9500");
  CHECK(default_score().text(0.9499999) == "0.9499");
  CHECK(default_score().text(1) == "1.0000");
  CHECK(default_score().text(0) == "0.0000");
  CHECK(default_score().text(NAN) == "unknown");
  for (int i = 0; i <= 10000; ++i) REQUIRE(std::stod(default_score().text(i / 1e4)) == i / 1e4);
}

TEST_CASE("achieved FLOP/s are the counted ones over the median step") {
  RunRecord run;
  run.flops_per_step = 3e9;
  CHECK_FALSE(achieved_flops_per_second(run));
  run.step_seconds = {0.5, 100, 0.25};
  CHECK(achieved_flops_per_second(run).value() == Approx(6e9));
  run.flops_per_step = 0;
  CHECK_FALSE(achieved_flops_per_second(run));
}

TEST_CASE("throughput is all samples over all training time") {
  std::vector<EpochRecord> epochs(3);
  epochs[0].optimizer_steps = 10;  // 4 samples a step: 40 samples in 20 s
  epochs[0].samples_per_second = 2;
  epochs[1].optimizer_steps = 30;  // 120 samples in 30 s
  epochs[1].samples_per_second = 4;
  CHECK(mean_samples_per_second(epochs).value() == Approx((40.0 + 120) / (20 + 30)));
  CHECK_FALSE(mean_samples_per_second({}));
}

TEST_CASE("the target is reached at the end of the first epoch that reaches it") {
  std::vector<EpochRecord> epochs(3);
  const double dice[] = {0.2, 0.8, 0.7}, seconds[] = {10, 20, 40};
  for (std::size_t i = 0; i < 3; ++i) {
    epochs[i].epoch = static_cast<std::int64_t>(i) + 1;
    epochs[i].metric("val_dice") = dice[i];
    epochs[i].epoch_duration = seconds[i];
  }
  CHECK(seconds_to_score(epochs, 0.1).value() == 10);
  CHECK(seconds_to_score(epochs, 0.75).value() == 30);
  CHECK_FALSE(seconds_to_score(epochs, 0.9));
  CHECK(best_epoch(epochs)->epoch == 2);
  epochs[1].metric("val_dice") = NAN;
  CHECK(best_epoch(epochs)->epoch == 3);
  CHECK(best_epoch({}) == nullptr);
}

TEST_CASE("the phases of all epochs add up to their durations") {
  const auto run = sample::run(4);
  const PhaseSeconds totals = phase_totals(run.epochs);
  CHECK(totals.forward == Approx(4 * 6.2));
  CHECK(totals.data_wait == Approx(4 * 0.31));
  CHECK(totals.checkpoint == Approx(4 * 0.22));
  CHECK(phase_sum(totals) == Approx(trained_seconds(run.epochs)));
}

TEST_CASE("short times keep their units") {
  CHECK(short_seconds(0.01234) == "12.3 ms");
  CHECK(short_seconds(0.9996) == "1.00 s");
  CHECK(short_seconds(1.234) == "1.23 s");
  CHECK(short_seconds(0) == "0 ms");
  CHECK(short_seconds(200) == "3 m 20 s");
  CHECK(short_seconds(NAN) == "unknown");
}
