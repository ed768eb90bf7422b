#include "monitor/run_progress.hpp"

#include <cmath>
#include <limits>

#include "catch.hpp"

using namespace scaffold;

TEST_CASE("a run stalls after ten of its steps") {
  RunData data;
  CHECK_FALSE(is_stalled(data, 1e6));  // no step is known
  for (int i = 0; i < 9; ++i) data.steps.push_back({.steps = 20, .seconds = i == 4 ? 1000.0 : 40.0});
  CHECK(median_step(data) == 2.0);
  CHECK_FALSE(is_stalled(data, 19.9));
  CHECK(is_stalled(data, 20.1));
  data.end_status = "interrupted";
  CHECK_FALSE(is_stalled(data, 1e6));
  data.end_status.clear();
  for (auto& step : data.steps) step.seconds = 0.002;
  CHECK_FALSE(is_stalled(data, 9));  // ten of such steps are no time
}

TEST_CASE("the median is of the latest steps, whatever the earlier ones took") {
  RunData data;
  for (int i = 0; i < 5000; ++i) data.steps.push_back({.steps = 1, .seconds = 100});
  for (int i = 1; i <= 101; ++i) data.steps.push_back({.steps = 1, .seconds = double(102 - i)});
  CHECK(median_step(data) == 51);
}

TEST_CASE("what was forecast at the end of an epoch runs down from there") {
  RunData data;
  CHECK(still_left(data, 60, 5000) == 60);  // no epoch: nothing to count from
  data.epochs.resize(2);
  data.epochs.back().time = 4990;
  CHECK(still_left(data, 60, 5000) == 50);
  CHECK(still_left(data, 60, 6000) == 0);
  CHECK(still_left(data, 60, 4000) == 60);  // another machine's clock
  CHECK(std::isinf(still_left(data, std::numeric_limits<double>::infinity(), 5000)));
}

TEST_CASE("progress is told of the step, then of the validation, then of the epochs that were") {
  RunData data;
  CHECK(progress_text(data).empty());
  data.epoch = 4;
  data.step = 9;
  CHECK(progress_text(data) == "epoch 4  step 9");
  CHECK(progress_share(data) == 0);
  data.steps_per_epoch = 18;
  CHECK(progress_text(data) == "epoch 4  step 9/18");
  CHECK(progress_share(data) == 0.5);
  data.validating = RunValidating{4, 2, 8};
  CHECK(progress_text(data) == "epoch 4  validating 2/8");
  CHECK(progress_share(data) == 0.25);
  data.epochs.resize(4);
  data.epochs.back().record.epoch = 4;
  data.end_status = "converged";
  CHECK(progress_text(data) == "4 epochs");
  CHECK(progress_share(data) == 0);
}
