// Where `scaffold watch` has its news from: the files of a run folder, and the live run if it can be reached.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/scratch_folder.hpp"
#include "headless/watch/view.hpp"
#include "monitor/run_follower.hpp"
#include "monitor/subscriber.hpp"
#include "monitor/target.hpp"

namespace scaffold::watch {

/// Follows the run folder until the run itself has been reached, and then the copy of its log that it sends.
class Session {
 public:
  /// `changed` is called from other threads. ConfigError or DataError when the target cannot mean anything.
  Session(const monitor::Target& target, std::function<void()> changed);
  ~Session();

  /// Takes what has come since; true when there was any. For the thread that owns the session.
  bool update();
  const RunData& run() const { return *run_; }
  /// Nothing for a recording: a run that has ended and that nobody publishes.
  std::optional<monitor::LiveStatus> live() const;
  /// Kept samples that can be had: the live run's and those in snapshots/. In the order of epochs.
  const std::vector<monitor::Kept>& volumes() const { return volumes_; }
  /// Asks for a plane of the level that suits a terminal; its answer is in slice() some time later.
  void show(const monitor::Kept& kept, monitor::Part part, int axis, double where);
  Slice slice() const;
  /// The first reading of the files went on at the last update.
  bool loading() const { return loading_; }
  /// Where the log is that run() was read from.
  fs::path log_folder() const;

 private:
  void follow(const fs::path& folder);
  void list_volumes();
  void take(monitor::Fetched fetched);
  bool read_snapshot(const monitor::Request& ask, Slice& slice) const;

  fs::path run_folder_;  ///< empty when it is not on this machine's file systems
  std::function<void()> changed_;
  ScratchFolder scratch_;
  std::shared_ptr<const RunData> run_ = std::make_shared<RunData>();
  std::vector<monitor::Kept> volumes_;
  bool mirrored_ = false;  ///< the follower reads the copy
  bool loading_ = true;
  mutable std::mutex mutex_;
  Slice slice_;
  std::unique_ptr<RunFollower> follower_;
  std::unique_ptr<monitor::Subscriber> subscriber_;  ///< last: its thread ends before what it calls goes
};

}  // namespace scaffold::watch
