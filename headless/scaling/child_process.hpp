// Runs another program to its end, with its output in a file.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace scaffold {

struct ChildResult {
  int code = 0;          ///< exit code, or 128 + the signal that ended it
  bool stopped = false;  ///< ended because a signal asked this process to stop
};

/// Runs argv to its end, with both streams into `log`. When a signal is pending (core/signals.hpp) the child
/// gets SIGTERM, and SIGKILL where it does not end within half a minute. SystemError when it cannot be
/// started.
ChildResult run_child(const std::vector<std::string>& argv, const std::filesystem::path& log);

}  // namespace scaffold
