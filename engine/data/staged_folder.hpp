// Private to data and what makes datasets: the folder that a dataset is staged in, and what becomes of those
// whose owner is gone. Locks decide that: process numbers and host names mean something else in every
// container.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/files.hpp"

namespace scaffold {

/// <stage_dir>/scaffold-staged-<hash>-<random>/volumes/, and beside the folder its lock, <folder>.lock, which
/// is held as long as the object lives. Both go with the object. Made in this order, removed in the other.
class StagedFolder {
 public:
  /// Makes stage_dir, too. SystemError where that cannot be, or nothing can be locked.
  StagedFolder(const fs::path& stage_dir, const std::string& hash);
  ~StagedFolder();
  StagedFolder(const StagedFolder&) = delete;
  StagedFolder& operator=(const StagedFolder&) = delete;

  const fs::path& path() const { return path_; }  ///< absolute

 private:
  fs::path path_;
  std::optional<FileLock> lock_;
};

/// Removes the folders in `stage_dir` whose lock is free, and their locks. Returns a sentence about each that
/// is left behind and stays: another user's, one without a lock (of an earlier version), or one whose free
/// lock proves nothing (of another machine or boot, on a file system that machines share).
std::vector<std::string> remove_staged_leftovers(const fs::path& stage_dir);

}  // namespace scaffold
