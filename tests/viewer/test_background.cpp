// Work beside the window: the last that was asked for counts, an error is its result, nobody waits for what
// was left behind.
#include <condition_variable>
#include <mutex>

#include "catch.hpp"
#include "core/error.hpp"
#include "sources/background.hpp"

using namespace scaffold;
using namespace scaffold::viewer;

namespace {

/// Counts wakes, and waits for them.
class Bell {
 public:
  void ring() {
    const std::lock_guard lock(mutex_);
    ++rung_;
    changed_.notify_all();
  }
  void wait_beyond(int before) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return rung_ > before; });
  }
  int rung() {
    const std::lock_guard lock(mutex_);
    return rung_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int rung_ = 0;
};

std::optional<int> result(Background<int>& work, Bell& bell) {
  while (work.busy()) {
    const int before = bell.rung();
    if (auto done = work.take()) return done;
    if (work.busy()) bell.wait_beyond(before);
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("of several pieces of work asked for in a row the last counts") {
  Bell bell;
  Background<int> work;
  const auto wake = [&] { bell.ring(); };
  CHECK(!work.busy());
  CHECK(!work.take());
  work.start(
      [](const ProgressTold& told) -> int {
        for (;;) told(0.5);
      },
      wake);
  CHECK(work.busy());
  work.start([](const ProgressTold&) { return 2; }, wake);
  work.start([](const ProgressTold&) { return 3; }, wake);
  CHECK(result(work, bell) == 3);
  CHECK(!work.busy());
}

TEST_CASE("what work throws is thrown where its result is taken, and the next works again") {
  Bell bell;
  Background<int> work;
  work.start([](const ProgressTold&) -> int { throw DataError("no such thing"); }, [&] { bell.ring(); });
  CHECK_THROWS_WITH(result(work, bell), "no such thing");
  work.start([](const ProgressTold&) { return 7; }, [&] { bell.ring(); });
  CHECK(result(work, bell) == 7);
}

TEST_CASE("cancelled work has no result; left work ends by itself") {
  Bell bell;
  {
    Background<int> work;
    const auto endless = [](const ProgressTold& told) -> int {
      for (;;) told(0);
    };
    work.start(endless, [&] { bell.ring(); });
    work.cancel();
    CHECK(!result(work, bell));
    CHECK(!work.busy());
    work.start(endless, [] {});
  }
  SUCCEED();
}
