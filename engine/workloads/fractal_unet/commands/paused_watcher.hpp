// A `scaffold watch` in a process of its own that can be stopped and continued: the slow reader of a
// measurement.
#pragma once
#include "core/subprocess.hpp"

namespace scaffold {

class PausedWatcher {
 public:
  /// Watches the run of this folder through its publisher. SystemError when it cannot be started.
  explicit PausedWatcher(const fs::path& run);
  ~PausedWatcher();
  PausedWatcher(const PausedWatcher&) = delete;
  PausedWatcher& operator=(const PausedWatcher&) = delete;

  void pause();
  void go_on();

 private:
  Subprocess child_;
};

}  // namespace scaffold
