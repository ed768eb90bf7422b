#include "monitor/run_follower.hpp"

#include <chrono>

namespace scaffold {

RunFollower::RunFollower(const fs::path& folder, std::function<void()> changed, bool mirror)
    : source_(folder, RunSource::max_steps, mirror),
      changed_(std::move(changed)),
      thread_([this] { follow(); }) {}

RunFollower::~RunFollower() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

std::shared_ptr<const RunData> RunFollower::take() {
  std::shared_ptr<const RunData> taken;
  {
    const std::lock_guard lock(mutex_);
    taken = std::exchange(fresh_, nullptr);
  }
  if (taken) wake_.notify_all();
  return taken;
}

void RunFollower::notify() {
  {
    const std::lock_guard lock(mutex_);
    poked_ = true;
  }
  wake_.notify_all();
}

void RunFollower::follow() {
  using namespace std::chrono_literals;
  while (!stop_) {
    bool news = false;
    std::shared_ptr<const RunData> data;
    try {
      news = source_.refresh(&stop_);
      if (news) data = std::make_shared<const RunData>(source_.data());
    } catch (const std::exception& error) {  // out of memory: say so, and read no further
      auto failed = std::make_shared<RunData>();
      failed->name = folder_name(source_.folder());
      failed->problems = {std::string("cannot be read: ") + error.what()};
      {
        const std::lock_guard lock(mutex_);
        fresh_ = std::move(failed);
      }
      loading_ = false;
      changed_();
      return;
    }
    if (stop_) return;
    if (news) {
      const std::lock_guard lock(mutex_);
      fresh_ = std::move(data);
    }
    const bool unfinished = source_.unfinished();
    const bool was_loading = unfinished ? loading_.load() : loading_.exchange(false);
    if (was_loading || news) changed_();
    if (unfinished) continue;  // so far is something to look at already
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return stop_ || !fresh_; });
    wake_.wait_for(lock, 1s, [&] { return stop_.load() || poked_; });
    poked_ = false;
  }
}

}  // namespace scaffold
