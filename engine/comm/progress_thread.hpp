// Messages move only inside calls of the message library, so somebody must call it while the compute threads
// compute: this thread polls what it was given until it is done, and sleeps when there is nothing.
#pragma once
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "comm/communicator.hpp"
#include "core/clock.hpp"

namespace scaffold {

class ProgressThread {
 public:
  /// Requests that the thread polls.
  class Watched {
   public:
    /// Blocks until all are done; rethrows the error of the first that failed.
    void wait();
    /// How long they took; after wait().
    double seconds() const { return seconds_; }

   private:
    friend class ProgressThread;
    void finish(const std::exception_ptr& error);
    std::vector<RequestPtr> requests_;
    std::function<void(std::exception_ptr)> then_;
    Stopwatch clock_;
    double seconds_ = 0;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool done_ = false;
    std::exception_ptr error_;
  };

  ProgressThread();
  ~ProgressThread();  ///< drops what is not done
  ProgressThread(const ProgressThread&) = delete;
  ProgressThread& operator=(const ProgressThread&) = delete;

  /// `then` runs on the thread when all are done, or with the error of one that failed; it must not throw.
  std::shared_ptr<Watched> watch(std::vector<RequestPtr> requests,
                                 std::function<void(std::exception_ptr)> then = {});

 private:
  void run();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<Watched>> arriving_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace scaffold
