// A `scaffold watch` in a process of its own that can be stopped and continued: the slow reader of a
// measurement.
#pragma once
#include <sys/types.h>

#include "core/files.hpp"

namespace scaffold {

class PausedWatcher {
 public:
  /// Watches the run of this folder through its publisher. SystemError when it cannot be started.
  explicit PausedWatcher(const fs::path& run);
  ~PausedWatcher();
  PausedWatcher(const PausedWatcher&) = delete;
  PausedWatcher& operator=(const PausedWatcher&) = delete;

  void pause() const;
  void go_on() const;

 private:
  pid_t child_ = -1;
};

}  // namespace scaffold
