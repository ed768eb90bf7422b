// A run that is going on, followed through its publisher into a folder of our own.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "core/scratch_folder.hpp"
#include "monitor/run_follower.hpp"
#include "monitor/subscriber.hpp"
#include "monitor/target.hpp"

namespace scaffold::viewer {

using AttachTarget = monitor::Target;

/// Whether a run folder holds the key to a publisher whose process may still be there.
bool may_be_live(const fs::path& run_folder);

class LiveSource {
 public:
  /// `wake` is called from other threads after every change.
  LiveSource(const AttachTarget& target, const std::function<void()>& wake);
  ~LiveSource();
  LiveSource(const LiveSource&) = delete;
  LiveSource& operator=(const LiveSource&) = delete;

  const AttachTarget& target() const { return target_; }
  /// events.jsonl and config.yaml as far as they have come: a run folder for readers.
  const fs::path& folder() const { return folder_.path(); }
  RunFollower& follower() { return *follower_; }
  monitor::Subscriber& subscriber() { return *subscriber_; }
  monitor::LiveStatus status() const { return subscriber_->status(); }

 private:
  AttachTarget target_;
  ScratchFolder folder_;
  std::unique_ptr<RunFollower> follower_;
  std::unique_ptr<monitor::Subscriber> subscriber_;  ///< ends first: it tells the follower
};

/// One line for people: "live, 3.1 ms, 1.2 MiB received".
std::string status_text(const monitor::LiveStatus& status);

}  // namespace scaffold::viewer
