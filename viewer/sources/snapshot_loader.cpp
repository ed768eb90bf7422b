#include "sources/snapshot_loader.hpp"

namespace scaffold::viewer {

void SnapshotLoader::set_source(std::shared_ptr<const Snapshots> snapshots) {
  clear();
  snapshots_ = std::move(snapshots);
  cache_.clear();
}

void SnapshotLoader::clear() {
  problem_.clear();
  work_.cancel();
  shown_ = nullptr;
  key_ = {};
}

bool SnapshotLoader::show(const SnapshotKey& key) {
  problem_.clear();
  key_ = key;
  const auto cached = cache_.get(key);
  if (cached) shown_ = cached;
  if (!cached || !cached->finest) read(!cached);
  return cached != nullptr;
}

void SnapshotLoader::read(bool coarse) {
  reading_ = key_;
  work_.start([snapshots = snapshots_, key = key_,
               coarse](const ProgressTold& progress) { return snapshots->read(key, coarse, progress); },
              wake_);
}

bool SnapshotLoader::step() {
  try {
    auto snapshot = work_.take();
    if (!snapshot) return false;
    const auto fresh = std::make_shared<const Snapshot>(std::move(*snapshot));
    cache_.put(fresh);
    if (fresh->key != key_) return false;
    shown_ = fresh;
    if (!fresh->finest) read(false);
    return true;
  } catch (const std::exception& error) {  // bad_alloc among them
    if (reading_ != key_) return false;
    problem_ = error.what();
    if (up_to_date()) return false;
    shown_ = nullptr;
    return true;
  }
}

}  // namespace scaffold::viewer
