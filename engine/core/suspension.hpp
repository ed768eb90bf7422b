// Time in which this process did not run at all: stopped by a signal (a scheduler that gives its cores to
// another job, a person, a debugger) or paused with its virtual machine. Nobody tells a process of it; who
// looks in often sees the gap.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "core/clock.hpp"

namespace scaffold {

/// A clock of somebody who takes turns at short intervals, which stands still while the turns do.
class TurnClock {
 public:
  /// A turn that comes more than `longest` seconds after the one before counts as `usual` seconds.
  TurnClock(double usual, double longest) : usual_(usual), longest_(longest) {}
  /// At the beginning of a turn, with the seconds of a clock that does not stand still; those that count.
  double turn(double now);
  /// Seconds that did not count.
  double lost() const { return lost_; }

 private:
  double usual_, longest_, last_ = 0, lost_ = 0;
  bool begun_ = false;
};

/// Watches over its own process as long as it lives, with a thread that mostly sleeps.
class SuspensionMeter {
 public:
  /// `told`: called on the meter's thread, or on the one that asks, with the seconds of each gap.
  explicit SuspensionMeter(std::function<void(double seconds)> told);
  ~SuspensionMeter();
  SuspensionMeter(const SuspensionMeter&) = delete;
  SuspensionMeter& operator=(const SuspensionMeter&) = delete;
  /// All gaps of two seconds and more, to a quarter of a second each.
  double seconds();

 private:
  void run();
  double look();  ///< the gap that has just ended, or 0; the mutex is held

  std::function<void(double)> told_;
  Stopwatch stopwatch_;
  std::mutex mutex_;
  std::condition_variable changed_;
  TurnClock clock_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace scaffold
