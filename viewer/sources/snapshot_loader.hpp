// Reads the snapshot that is looked at: what was read lately at once, else coarse, then fine.
#pragma once
#include <string>

#include "sources/snapshots.hpp"

namespace scaffold::viewer {

class SnapshotLoader {
 public:
  /// `wake` is called from another thread when something was read.
  SnapshotLoader(std::uint64_t max_cached_bytes, std::function<void()> wake)
      : cache_(max_cached_bytes), wake_(std::move(wake)) {}

  /// Of this run from now on.
  void set_source(std::shared_ptr<const Snapshots> snapshots);
  /// The one to show. Whether it is there already, perhaps coarse.
  bool show(const SnapshotKey& key);
  /// None.
  void clear();
  /// Once a frame: whether shown() has changed.
  bool step();

  /// Of the key, or of the one before while that is read; null: nothing.
  const std::shared_ptr<const Snapshot>& shown() const { return shown_; }
  bool up_to_date() const { return shown_ && shown_->key == key_; }
  bool busy() const { return work_.busy(); }
  const std::string& problem() const { return problem_; }

 private:
  void read(bool coarse);

  std::shared_ptr<const Snapshots> snapshots_;
  SnapshotKey key_, reading_;
  std::shared_ptr<const Snapshot> shown_;
  SnapshotCache cache_;
  Background<Snapshot> work_;
  std::function<void()> wake_;
  std::string problem_;
};

}  // namespace scaffold::viewer
