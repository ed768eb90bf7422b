// The kept validation samples of a run: the latest in memory, the recorded ones in snapshots/.
#pragma once
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "monitor/volume_file.hpp"

namespace scaffold::monitor {

/// Which kept samples stay in the run folder.
struct SnapshotPolicy {
  std::int64_t interval = 1;  ///< every so many epochs; with each new best; -1 records none
  std::uint64_t limit_bytes = std::uint64_t{256}
                              << 20;  ///< the oldest go first, those of the best epoch last
};

class VolumeStore {
 public:
  /// `folder` is snapshots/, made when something is recorded; what lies there already is known from the
  /// start, but for damaged files. At most about `memory_bytes` of the latest are held in memory.
  VolumeStore(fs::path folder, SnapshotPolicy policy, std::uint64_t memory_bytes = std::uint64_t{64} << 20);

  /// Forgets and removes what a restart has made void.
  void drop_after(std::int64_t epoch);
  /// Encodes, keeps, and records as the policy says. SystemError when it cannot be written: it is kept in
  /// memory then.
  void add(const VolumeSnapshot& volume, bool best);

  /// In the order of epochs, then volumes.
  std::vector<Kept> list() const;
  /// Null when it is neither in memory nor recorded; DataError when its file is damaged.
  std::shared_ptr<const VolumeFile> get(std::int64_t epoch, std::int64_t volume);

 private:
  using Key = std::pair<std::int64_t, std::int64_t>;
  struct Entry {
    Kept facts;
    std::shared_ptr<const VolumeFile> file;  ///< in memory
    std::uint64_t recorded = 0;              ///< bytes in the folder
  };
  void look_into_folder();
  void record(const Key& key, Entry& entry);
  void prune();
  void free_memory();
  void remember(const Key& key);

  fs::path folder_;
  SnapshotPolicy policy_;
  std::uint64_t memory_limit_;
  std::map<Key, Entry> entries_;
  std::list<Key> in_memory_;  ///< last used last
  std::int64_t best_epoch_ = 0;
};

}  // namespace scaffold::monitor
