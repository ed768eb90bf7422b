// Limits that control groups (cgroups) of Linux set on this process: batch systems and containers give a job
// fewer processors and less memory than its machine has.
#pragma once
#include <cstdint>
#include <filesystem>
#include <limits>

namespace scaffold {

/// The tightest of all groups that hold this process, its own and those above it, of versions 1 and 2.
struct CgroupLimits {
  double cpus = std::numeric_limits<double>::infinity();  ///< seconds of processor time a second
  std::uint64_t memory_bytes = std::numeric_limits<std::uint64_t>::max();  ///< that may be held
  /// That may still be allocated: the limit less what is held, page cache (which gives way) not counted.
  std::uint64_t memory_free = std::numeric_limits<std::uint64_t>::max();
};

/// `root`: the folder in which /proc and the groups' file systems are found; tests have one of their own.
/// What cannot be read limits nothing.
CgroupLimits cgroup_limits(const std::filesystem::path& root = "/");

}  // namespace scaffold
