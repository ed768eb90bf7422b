#include <rapidcheck.h>
#include <cmath>

#include "catch.hpp"
#include "nn/schedule.hpp"

using namespace scaffold;

TEST_CASE("the rate follows the published formula and restarts warm") {
  const Schedule schedule{1e-3, 1e-4, 10, 2, false};
  CHECK(schedule.rate(1) == 1e-3);
  CHECK(schedule.rate(6) == Approx(5.5e-4));  // half of the first cycle
  CHECK(schedule.rate(11) == 1e-3);           // second cycle, 20 epochs
  CHECK(schedule.rate(21) == Approx(5.5e-4));
  CHECK(schedule.rate(31) == 1e-3);  // third cycle, 40 epochs
  CHECK(schedule.rate(10) == Approx(1e-4 + 9e-4 * (1 + std::cos(M_PI * 0.9)) / 2));
  CHECK(Schedule{1e-3, 1e-4, 10, 2, true}.rate(10) == 1e-3);
}

// Stepping a counter as Torch's scheduler does, once an epoch.
TEST_CASE("the rate equals stepping a cycle counter") {
  CHECK(rc::check([] {
    const auto t0 = *rc::gen::inRange<std::int64_t>(1, 12), mult = *rc::gen::inRange<std::int64_t>(1, 4);
    const Schedule schedule{0.5, 0.1, t0, mult, false};
    std::int64_t current = 0, length = t0;
    for (std::int64_t epoch = 1; epoch < 200; ++epoch) {
      const double expected =
          0.1 + 0.4 * (1 + std::cos(M_PI * static_cast<double>(current) / static_cast<double>(length))) / 2;
      RC_ASSERT(std::abs(schedule.rate(epoch) - expected) < 1e-12);
      if (++current == length) current = 0, length *= mult;
    }
  }));
}

TEST_CASE("large batches scale and warm up the rate") {
  CHECK(BatchScaling::of("none", 64, 1, 0).apply(0.5, 1) == 0.5);
  CHECK(BatchScaling::of("linear", 64, 16, 0).apply(0.5, 1) == 2.0);
  CHECK(BatchScaling::of("sqrt", 64, 16, 0).apply(0.5, 1000) == 1.0);
  const BatchScaling warm = BatchScaling::of("linear", 4, 2, 10);
  for (int step = 1; step <= 10; ++step) CHECK(warm.apply(1, step) == Approx(2 * step / 10.0));
  CHECK(warm.apply(1, 11) == 2.0);
}
