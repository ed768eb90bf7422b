// A folder of this process alone that goes away with its owner.
#pragma once
#include <string>

#include "core/files.hpp"

namespace scaffold {

class ScratchFolder {
 public:
  /// In the system's folder for temporary files, its name beginning with `prefix`. SystemError when it cannot
  /// be made.
  explicit ScratchFolder(const std::string& prefix);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace scaffold
