// A dataset copied to a disk of the machine that trains on it (NVMe, burst buffer, /dev/shm), for a run
// alone.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "core/files.hpp"

namespace scaffold {

class StagedFolder;

/// What a dataset's folder holds, for whoever copies it.
struct DatasetFiles {
  std::string hash;
  std::uint64_t bytes = 0;         ///< of all files
  std::vector<std::string> files;  ///< of samples, relative to the folder
  std::string index;               ///< copied last: a folder with an index is whole
  /// Checks the copy of file `i` in `folder`. DataError.
  std::function<void(std::size_t i, const fs::path& folder)> verify;
};
/// Reads and checks the dataset in `folder`. DataError.
using DatasetFilesOf = std::function<DatasetFiles(const fs::path& folder)>;

/// <stage_dir>/scaffold-staged-<hash>-<random>/, one a machine: its ranks copy and verify a share of the
/// volumes each. Gone with the object; what killed runs left, whose locks are free, is removed by the next
/// one. What is left and cannot be removed, as another user's, is named in a warning.
class NodeCopy {
 public:
  /// Collective over all ranks of the job. stage_dir may differ between machines. DataError where the folder
  /// cannot hold the dataset, a file is damaged or cannot be copied; SystemError where nothing can be made or
  /// locked there; Interrupted by a signal. Nothing stays behind then.
  NodeCopy(const fs::path& dataset, const fs::path& stage_dir, const DatasetFilesOf& files,
           Communicator& job);
  ~NodeCopy();
  NodeCopy(const NodeCopy&) = delete;
  NodeCopy& operator=(const NodeCopy&) = delete;

  const fs::path& folder() const { return folder_; }
  double seconds() const { return seconds_; }  ///< that copying and verifying took

 private:
  void copy(const fs::path& dataset, const fs::path& stage_dir, const DatasetFilesOf& files,
            Communicator& job);

  fs::path folder_;
  double seconds_ = 0;
  std::unique_ptr<StagedFolder> staged_;  ///< of the rank that made it and removes it
};

}  // namespace scaffold
