// A folder of this process alone that goes away with its owner, whatever happens.
#pragma once
#include "core/files.hpp"

namespace scaffold {

class ScratchFolder {
 public:
  /// In $TMPDIR, or in the system's folder for temporary files where that is not set, no longer there or
  /// cannot be written to. SystemError when it cannot be made anywhere.
  ScratchFolder();
  /// In `in`, which is made where it is not there.
  explicit ScratchFolder(const fs::path& in);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace scaffold
