// One piece of work at a time beside the window; what is asked for last counts.
#pragma once
#include <chrono>
#include <functional>
#include <future>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

namespace scaffold::viewer {

/// All calls from the window's thread. T is movable.
template <class T>
class Background {
 public:
  using Work = std::function<T(const std::stop_token&)>;
  struct Result {
    std::optional<T> value;  ///< nothing when the work threw
    std::string problem;     ///< what it threw
  };

  /// `wake` is called from the working thread when something is to be polled.
  explicit Background(std::function<void()> wake) : wake_(std::move(wake)) {}
  ~Background() { thread_.request_stop(); }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /// Starts now, or when the work in progress, which is asked to stop and whose result is dropped, has ended.
  void start(Work work) {
    next_ = std::move(work);
    if (busy_)
      thread_.request_stop();
    else
      launch();
  }
  /// Its result is dropped.
  void cancel() {
    next_ = nullptr;
    thread_.request_stop();
    dropped_ = true;
  }
  bool busy() const { return busy_; }

  /// The result, once.
  std::optional<Result> poll() {
    if (!busy_ || result_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return std::nullopt;
    thread_.join();
    busy_ = false;
    Result result = result_.get();
    const bool dropped = std::exchange(dropped_, false) || next_;
    if (next_) launch();
    if (dropped) return std::nullopt;
    return result;
  }

 private:
  void launch() {
    busy_ = true;
    dropped_ = false;
    std::promise<Result> promise;
    result_ = promise.get_future();
    thread_ = std::jthread([promise = std::move(promise), work = std::exchange(next_, nullptr),
                            wake = wake_](const std::stop_token& stop) mutable {
      Result result;
      try {
        result.value = work(stop);
      } catch (const std::exception& error) {
        result.problem = error.what();
      }
      work = nullptr;
      promise.set_value(std::move(result));
      wake();
    });
  }

  std::function<void()> wake_;
  Work next_;
  bool busy_ = false, dropped_ = false;
  std::future<Result> result_;
  std::jthread thread_;
};

}  // namespace scaffold::viewer
