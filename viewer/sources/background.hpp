// Work in a thread of its own: how far it is, stopping it, and what came of it.
#pragma once
#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace scaffold::viewer {

/// Thrown through work that was told to stop.
struct Cancelled {};

/// Told the share that is done, from 0 to 1; throws Cancelled when the work is to stop.
using ProgressTold = std::function<void(double)>;

/// A thread that nobody waits for any more and that was told to stop: a convolution may take a minute to
/// notice. It is joined when it has ended, at the latest when the process ends, before the libraries that it
/// uses. `ended`: set last thing by the thread.
void leave_behind(std::thread thread, std::shared_ptr<const std::atomic<bool>> ended);

/// One piece of work at a time, told to from one thread; nothing here blocks. The work must own what it uses:
/// it may outlive this object for a while. A newer start() waits until what goes on has noticed that it is to
/// stop.
template <class Result>
class Background {
 public:
  using Work = std::function<Result(const ProgressTold&)>;

  Background() = default;
  ~Background() {
    if (!now_) return;
    now_->stop = true;
    now_->silent = true;
    leave_behind(std::move(thread_), {now_, &now_->ended});
  }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /// `wake` is called from the thread when it ends.
  void start(Work work, std::function<void()> wake) {
    next_ = Next{std::move(work), std::move(wake)};
    if (now_)
      now_->stop = true;
    else
      begin();
  }
  void cancel() {
    next_.reset();
    if (now_) now_->stop = true;
  }
  /// Work goes on, or its result has not been taken.
  bool busy() const { return now_ != nullptr; }
  bool cancelling() const { return now_ && now_->stop; }
  double progress() const { return now_ ? now_->progress.load() : 0; }

  /// Once, when the work has ended: its result. Rethrows what it threw; nothing when it was cancelled.
  std::optional<Result> take() {
    if (!now_ || !now_->ended) return std::nullopt;
    thread_.join();
    const auto was = std::exchange(now_, nullptr);
    if (next_) begin();
    if (was->stop) return std::nullopt;
    if (was->thrown) std::rethrow_exception(was->thrown);
    return std::move(was->result);
  }

 private:
  struct Next {
    Work work;
    std::function<void()> wake;
  };
  /// Shared with the thread.
  struct Now {
    std::atomic<bool> stop{false}, ended{false}, silent{false};
    std::atomic<double> progress{0};
    std::optional<Result> result;
    std::exception_ptr thrown;
  };

  void begin() {
    auto now = std::make_shared<Now>();
    thread_ = std::thread([now, next = std::move(*std::exchange(next_, std::nullopt))] {
      try {
        now->result = next.work([&](double share) {
          now->progress = share;
          if (now->stop) throw Cancelled();
        });
      } catch (const Cancelled&) {
        now->stop = true;
      } catch (...) {
        now->thrown = std::current_exception();
      }
      now->ended = true;
      if (!now->silent) next.wake();
    });
    now_ = std::move(now);
  }

  std::thread thread_;
  std::shared_ptr<Now> now_;
  std::optional<Next> next_;
};

}  // namespace scaffold::viewer
