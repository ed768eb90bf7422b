// Things that the tests of live watching share.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <functional>
#include <mutex>
#include <string>

#include "monitor/publisher.hpp"
#include "monitor/subscriber.hpp"
#include "temporary_folder.hpp"

namespace scaffold::monitor {

/// Waits for conditions that another thread's news make true; the limit only ends a broken test.
class News {
 public:
  void tell() {
    const std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  bool until(const std::function<bool()>& holds, double limit_seconds = 60) {
    std::unique_lock lock(mutex_);
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(limit_seconds);
    while (true) {
      const auto seen = count_;
      lock.unlock();
      if (holds()) return true;
      lock.lock();
      if (!changed_.wait_until(lock, end, [&] { return count_ != seen; })) {
        lock.unlock();
        return holds();
      }
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t count_ = 0;
};

/// A run folder whose log grows as the test says.
class FakeRun {
 public:
  explicit FakeRun(const fs::path& folder) : folder_(folder) { fs::create_directories(folder); }
  void append(const std::string& text) {
    std::ofstream(folder_ / "events.jsonl", std::ios::app | std::ios::binary) << text;
    written_ += text;
  }
  void line(int number) {
    append("{\"type\":\"note\",\"time\":\"x\",\"t\":" + std::to_string(number) + "}\n");
  }
  const std::string& written() const { return written_; }
  const fs::path& folder() const { return folder_; }
  PublisherOptions options() const {
    PublisherOptions options;
    options.run_folder = folder_;
    options.program = "scaffold test";
    options.config_yaml = "target_dice: 0.9\n";
    return options;
  }

 private:
  fs::path folder_;
  std::string written_;
};

/// A subscriber with a folder of its own.
class Watcher {
 public:
  explicit Watcher(const fs::path& run, Subscriber::Options options = {"test watcher", protocol_version, 8})
      : subscriber_(local_route(run), folder_.path(), std::move(options), [this] { news_.tell(); }) {}
  Subscriber* operator->() { return &subscriber_; }
  std::string log() const { return contents(folder_ / "events.jsonl"); }
  bool until(const std::function<bool()>& holds) { return news_.until(holds); }
  bool until(LiveStatus::Phase phase) {
    return until([&] { return subscriber_.status().phase == phase; });
  }
  Fetched fetch(const Request& ask) {
    auto fetched = std::make_shared<std::optional<Fetched>>();
    auto mutex = std::make_shared<std::mutex>();
    subscriber_.fetch(ask, [=, this](Fetched result) {
      {
        const std::lock_guard lock(*mutex);
        *fetched = std::move(result);
      }
      news_.tell();
    });
    const auto come = [&] {
      const std::lock_guard lock(*mutex);
      return fetched->has_value();
    };
    if (!until(come)) return {ask, {}, {}, "nothing came"};
    return **fetched;
  }
  static std::string contents(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  const fs::path& folder() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
  News news_;
  Subscriber subscriber_;
};

inline VolumeSnapshot some_volume(std::int64_t epoch, std::int64_t number, std::array<std::int64_t, 3> dims,
                                  unsigned seed = 1) {
  VolumeSnapshot volume;
  volume.epoch = epoch;
  volume.volume = number;
  volume.dims = dims;
  volume.scores = {0.99, 0.5, 0.7, 0.9};
  const auto n = static_cast<std::size_t>(dims[0] * dims[1] * dims[2]);
  std::uint32_t state = seed * 2654435761u + 1;
  for (auto* labels : {&volume.prediction, &volume.truth})
    for (std::size_t i = 0; i < n; ++i) {
      state = state * 1664525u + 1013904223u;
      labels->push_back(state >> 28 ? 0 : static_cast<std::uint8_t>(state >> 20 & 3));
    }
  return volume;
}

}  // namespace scaffold::monitor
