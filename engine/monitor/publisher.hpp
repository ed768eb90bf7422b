// Rank 0's side: a thread that lets others watch a run. It follows events.jsonl, which the run writes anyway,
// and is handed the volumes that were kept; the trainer never waits for it. docs/protocol.md.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "monitor/protocol.hpp"
#include "monitor/volume_snapshot.hpp"
#include "monitor/volume_store.hpp"

namespace scaffold::monitor {

struct PublisherOptions {
  fs::path run_folder;  ///< with events.jsonl; gets monitor.json and snapshots/
  bool listen = true;   ///< else it only records
  std::string address = "127.0.0.1";
  int port = 0;          ///< 0: any that is free
  bool control = false;  ///< watchers may order checkpoint_now and stop_after_epoch
  SnapshotPolicy snapshots;
  std::int64_t epochs_done = 0;  ///< kept samples of later epochs are void (a restart)
  std::string program, config_yaml;
  std::uint16_t version = protocol_version;  ///< another one in tests
  std::size_t max_connections = 96;          ///< open at once, before the port is closed for a while
};

/// How a run was observed, for its report.
struct Observed {
  std::uint64_t watchers = 0;  ///< that were let in
  std::uint64_t at_once = 0;   ///< most of them at one time
  std::uint64_t rejected = 0;  ///< attempts without the key
  std::uint64_t bytes_sent = 0;
  std::uint64_t volumes = 0, dropped = 0;  ///< that were kept; of them given up because the thread was behind
};

class Publisher {
 public:
  /// Listens when it returns, and monitor.json is there. SystemError when it cannot.
  explicit Publisher(PublisherOptions options);
  /// Sends what is left of the log, for at most a second, and removes monitor.json.
  ~Publisher();
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // For the trainer's threads, which wait for nothing that is written or sent.

  /// The log has grown.
  void notify() noexcept;
  /// At most a few wait to be encoded: the oldest is given up for a new one.
  void add(std::unique_ptr<VolumeSnapshot> volume, bool best) noexcept;
  /// Samples that watchers want to be kept, at most four.
  std::vector<std::int64_t> chosen() const;
  /// Once each time it was ordered.
  bool take(Control what) noexcept;
  Observed observed() const;

  const std::string& endpoint() const { return endpoint_; }

  static constexpr std::size_t max_chosen = 4, max_waiting = 8;

 private:
  struct Offered {
    std::unique_ptr<VolumeSnapshot> volume;
    bool best = false;
  };
  struct Loop;
  void choose(std::uint32_t volume) noexcept;

  FileDescriptor wake_;
  std::mutex offered_lock_;
  std::deque<Offered> offered_;  ///< the oldest first
  std::array<std::atomic<std::int64_t>, max_chosen> chosen_;
  std::atomic<std::size_t> next_chosen_{0};
  std::array<std::atomic<bool>, 2> ordered_{};
  std::atomic<std::uint64_t> watchers_{0}, at_once_{0}, rejected_{0}, bytes_sent_{0}, volumes_{0},
      dropped_{0};
  std::atomic<bool> stop_{false};
  std::string endpoint_;
  std::unique_ptr<Loop> loop_;
};

}  // namespace scaffold::monitor
