#include <algorithm>
#include <atomic>
#include <csignal>
#include <vector>

#include "catch.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/signals.hpp"
#include "send_signal.hpp"

using namespace scaffold;

TEST_CASE("every item is done once at any number of threads") {
  for (int threads : {0, 1, 2, 3, 8}) {
    std::vector<std::atomic<int>> done(1000);
    parallel_for(done.size(), threads, [&](std::uint64_t i) { ++done[i]; });
    CHECK(std::all_of(done.begin(), done.end(), [](auto& n) { return n == 1; }));
  }
  parallel_for(0, 4, [](std::uint64_t) { FAIL("no items"); });
}

TEST_CASE("the first failure ends the loop and reaches the caller") {
  CHECK_THROWS_AS(parallel_for(100, 3,
                               [](std::uint64_t i) {
                                 if (i == 5) throw DataError("five");
                               }),
                  DataError);
}

TEST_CASE("a signal interrupts a loop") {
  signals::install();
  signals::reset();
  CHECK_THROWS_AS(parallel_for(1'000'000'000, 2,
                               [](std::uint64_t i) {
                                 if (i == 3) send_signal(SIGTERM);
                               }),
                  Interrupted);
  CHECK(signals::pending() == SIGTERM);
  signals::reset();
}
