#include "comm/progress_thread.hpp"

#include <chrono>

namespace scaffold {

void ProgressThread::Watched::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return done_; });
  if (error_) std::rethrow_exception(error_);
}

void ProgressThread::Watched::finish(const std::exception_ptr& error) {
  requests_.clear();
  if (then_) then_(error);
  then_ = nullptr;
  const std::lock_guard lock(mutex_);
  seconds_ = clock_.seconds();
  error_ = error;
  done_ = true;
  changed_.notify_all();
}

ProgressThread::ProgressThread() : thread_([this] { run(); }) {}

ProgressThread::~ProgressThread() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

std::shared_ptr<ProgressThread::Watched> ProgressThread::watch(std::vector<RequestPtr> requests,
                                                               std::function<void(std::exception_ptr)> then) {
  auto watched = std::make_shared<Watched>();
  watched->requests_ = std::move(requests);
  watched->then_ = std::move(then);
  {
    const std::lock_guard lock(mutex_);
    arriving_.push_back(watched);
  }
  changed_.notify_one();
  return watched;
}

void ProgressThread::run() {
  std::vector<std::shared_ptr<Watched>> active;
  for (unsigned idle = 0;;) {
    {
      std::unique_lock lock(mutex_);
      // Compute threads have the cores: look often at first, then every 50 µs.
      if (active.empty())
        changed_.wait(lock, [&] { return stop_ || !arriving_.empty(); });
      else if (arriving_.empty() && !stop_ && idle > 10)
        changed_.wait_for(lock, std::chrono::microseconds(50));
      if (stop_) return;
      for (auto& one : arriving_) active.push_back(std::move(one)), idle = 0;
      arriving_.clear();
    }
    ++idle;
    std::erase_if(active, [&](const std::shared_ptr<Watched>& one) {
      try {
        for (const auto& request : one->requests_)
          if (!request->done()) return false;
        one->finish(nullptr);
      } catch (...) {
        one->finish(std::current_exception());
      }
      idle = 0;
      return true;
    });
  }
}

}  // namespace scaffold
