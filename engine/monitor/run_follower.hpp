// Reads a run folder in a thread of its own, and again when its files change.
#pragma once
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "monitor/run_source.hpp"

namespace scaffold {

class RunFollower {
 public:
  /// `changed` is called from the thread after something new can be taken. Files are looked at once a second,
  /// and not while what was found last has not been taken: what nobody looks at costs nothing.
  /// `mirror`: as of RunSource.
  RunFollower(const fs::path& folder, std::function<void()> changed, bool mirror = false);
  ~RunFollower();
  RunFollower(const RunFollower&) = delete;
  RunFollower& operator=(const RunFollower&) = delete;

  /// What was read since the last call; nothing when there is nothing new.
  std::shared_ptr<const RunData> take();
  /// Looks now, for whoever knows that there is news.
  void notify();
  /// The first reading goes on.
  bool loading() const { return loading_; }

 private:
  void follow();

  RunSource source_;
  std::function<void()> changed_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::shared_ptr<const RunData> fresh_;
  std::atomic<bool> stop_ = false, loading_ = true;
  bool poked_ = false;
  std::thread thread_;
};

}  // namespace scaffold
