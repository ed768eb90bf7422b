#include "core/suspension.hpp"

#include <chrono>

namespace scaffold {

namespace {

/// A busy machine lets a thread that mostly sleeps wait for less than this.
constexpr double shortest_gap = 2, interval = 0.25;

}  // namespace

double TurnClock::turn(double now) {
  const double since = begun_ ? now - last_ : 0;
  begun_ = true;
  last_ = now;
  if (since > longest_) lost_ += since - usual_;
  return now - lost_;
}

SuspensionMeter::SuspensionMeter(std::function<void(double)> told)
    : told_(std::move(told)), clock_(interval, shortest_gap) {
  look();
  thread_ = std::thread([this] { run(); });
}

SuspensionMeter::~SuspensionMeter() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

double SuspensionMeter::look() {
  const double before = clock_.lost();
  clock_.turn(stopwatch_.seconds());
  return clock_.lost() - before;
}

double SuspensionMeter::seconds() {
  std::unique_lock lock(mutex_);
  const double gap = look(), all = clock_.lost();
  lock.unlock();
  if (gap > 0) told_(gap);
  return all;
}

void SuspensionMeter::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    changed_.wait_for(lock, std::chrono::duration<double>(interval));
    const double gap = look();
    if (gap <= 0) continue;
    lock.unlock();
    told_(gap);
    lock.lock();
  }
}

}  // namespace scaffold
