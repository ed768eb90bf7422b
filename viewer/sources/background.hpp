// Work in a thread of its own: how far it is, stopping it, and what came of it.
#pragma once
#include <atomic>
#include <exception>
#include <functional>
#include <optional>
#include <thread>
#include <utility>

namespace scaffold::viewer {

/// Thrown through work that was told to stop.
struct Cancelled {};

/// Told the share that is done, from 0 to 1; throws Cancelled when the work is to stop.
using ProgressTold = std::function<void(double)>;

/// One piece of work at a time. All calls from one thread; a newer start() waits until what goes on has
/// noticed that it is to stop, without blocking the caller.
template <class Result>
class Background {
 public:
  using Work = std::function<Result(const ProgressTold&)>;

  Background() = default;
  ~Background() {
    cancel();
    if (thread_.joinable()) thread_.join();
  }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /// `wake` is called from the thread when it ends.
  void start(Work work, std::function<void()> wake) {
    next_ = Next{std::move(work), std::move(wake)};
    if (running_)
      stop_ = true;
    else
      begin();
  }
  void cancel() {
    next_.reset();
    stop_ = true;
  }
  /// Work goes on, or its result has not been taken.
  bool busy() const { return running_ || next_.has_value(); }
  bool cancelling() const { return stop_; }
  double progress() const { return progress_; }

  /// Once, when the work has ended: its result. Rethrows what it threw; nothing when it was cancelled.
  std::optional<Result> take() {
    if (!running_ || !ended_) return std::nullopt;
    thread_.join();
    running_ = false;
    auto result = std::exchange(result_, std::nullopt);
    const auto thrown = std::exchange(thrown_, nullptr);
    const bool stopped = stop_;
    if (next_) begin();
    if (stopped) return std::nullopt;
    if (thrown) std::rethrow_exception(thrown);
    return result;
  }

 private:
  struct Next {
    Work work;
    std::function<void()> wake;
  };

  void begin() {
    Next now = std::move(*next_);
    next_.reset();
    stop_ = false;
    ended_ = false;
    progress_ = 0;
    thread_ = std::thread([this, now = std::move(now)] {
      try {
        result_ = now.work([this](double share) {
          progress_ = share;
          if (stop_) throw Cancelled();
        });
      } catch (const Cancelled&) {
        stop_ = true;
      } catch (...) {
        thrown_ = std::current_exception();
      }
      ended_ = true;
      now.wake();
    });
    running_ = true;
  }

  std::thread thread_;
  std::atomic<bool> stop_{false}, ended_{false};
  std::atomic<double> progress_{0};
  bool running_ = false;
  std::optional<Next> next_;
  std::optional<Result> result_;
  std::exception_ptr thrown_;
};

}  // namespace scaffold::viewer
