// What machine this is, read from /proc and friends.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

namespace scaffold {

struct MachineDescription {
  std::string host, cpu, kernel, os;
  int cores = 0;                   ///< that this process may use
  std::uint64_t memory_bytes = 0;  ///< of the machine, or of a cgroup (core/cgroup.hpp) when smaller
};
MachineDescription describe_machine();

/// bin/scaffold of this build, whichever of its two programs runs.
std::filesystem::path program_path();

/// No process of this machine has this number (any more).
bool process_is_gone(std::int64_t pid);

/// Bytes that can still be allocated without swapping: MemAvailable, capped by the cgroups' limits.
std::uint64_t available_memory();
/// Highest resident set of this process so far, in bytes (VmHWM).
std::uint64_t peak_memory();
/// From here on peak_memory() is of what comes; where the system does not allow it, it stays as it is.
void reset_peak_memory();
/// Current resident set, in bytes.
std::uint64_t resident_memory();

}  // namespace scaffold
