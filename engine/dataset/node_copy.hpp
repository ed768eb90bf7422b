// A dataset copied to a disk of the machine that trains on it (NVMe, burst buffer, /dev/shm), for a run
// alone.
#pragma once
#include "comm/communicator.hpp"
#include "core/files.hpp"

namespace scaffold {

/// <stage_dir>/scaffold-staged-<host>-<pid>-<hash>/, one a machine: its ranks copy and verify a share of the
/// volumes each. Gone with the object; what a killed run of this machine left is removed by the next one.
class NodeCopy {
 public:
  /// Collective over all ranks of the job. DataError where the folder cannot hold the dataset, a file is
  /// damaged or cannot be copied; Interrupted by a signal. Nothing stays behind then.
  NodeCopy(const fs::path& dataset, const fs::path& stage_dir, Communicator& job);
  ~NodeCopy();
  NodeCopy(const NodeCopy&) = delete;
  NodeCopy& operator=(const NodeCopy&) = delete;

  const fs::path& folder() const { return folder_; }
  double seconds() const { return seconds_; }  ///< that copying and verifying took

 private:
  void copy(const fs::path& dataset, const fs::path& stage_dir, Communicator& job, Communicator& machine);

  fs::path folder_;
  double seconds_ = 0;
  bool owner_ = false;  ///< the rank that made the folder and removes it
};

}  // namespace scaffold
