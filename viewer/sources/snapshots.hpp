// The validation samples that a run has kept: prediction and truth of an epoch, from its snapshots/ or from
// the run itself while it goes on.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "core/files.hpp"
#include "scene/label_volume.hpp"
#include "sources/background.hpp"

namespace scaffold::viewer {

class LiveSource;

struct SnapshotKey {
  std::int64_t epoch = 0, volume = 0;
  auto operator<=>(const SnapshotKey&) const = default;
};

struct Snapshot {
  SnapshotKey key;
  bool finest = true;          ///< else a finer level can be had
  std::int64_t kept_step = 1;  ///< the finest level has a voxel for so many along each axis
  Index3 extent{};             ///< of the volume, in voxels
  std::size_t classes = 1;     ///< labels are below
  std::shared_ptr<const LabelVolume> prediction, truth, errors;
  std::array<std::int64_t, 4> error_counts{};  ///< by ErrorLabel, at this level
  /// By class: voxels of it that are predicted and not true, and the reverse.
  std::vector<std::int64_t> false_positives, false_negatives;
  std::uint64_t bytes() const;
};

class Snapshots {
 public:
  virtual ~Snapshots() = default;
  /// Ascending.
  virtual std::vector<SnapshotKey> list() const = 0;
  /// For a thread of its own. The coarsest level, or the finest that was kept. DataError saying what is
  /// missing or damaged.
  virtual Snapshot read(const SnapshotKey& key, bool coarse, const ProgressTold& progress) const = 0;
};

/// Of a run folder; what cannot be read is found when it is.
std::shared_ptr<const Snapshots> recorded_snapshots(const fs::path& run_folder);
/// Of a run that goes on; also from its folder, where that is on this machine's file systems.
std::shared_ptr<const Snapshots> live_snapshots(std::shared_ptr<LiveSource> live);

/// Those used last, in at most so many bytes (but always the last one).
class SnapshotCache {
 public:
  explicit SnapshotCache(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}
  /// Null when it is not there.
  std::shared_ptr<const Snapshot> get(const SnapshotKey& key);
  /// In place of a coarser one.
  void put(std::shared_ptr<const Snapshot> snapshot);
  void clear() { cached_.clear(); }
  std::uint64_t bytes() const;

 private:
  std::uint64_t max_bytes_;
  std::list<std::shared_ptr<const Snapshot>> cached_;  ///< used last at the end
};

}  // namespace scaffold::viewer
