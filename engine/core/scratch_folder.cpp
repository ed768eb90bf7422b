#include "core/scratch_folder.hpp"

#include <stdlib.h>

#include "core/error.hpp"

namespace scaffold {

ScratchFolder::ScratchFolder() {
  std::string name = (fs::temp_directory_path() / "scaffold-XXXXXX").string();
  if (!::mkdtemp(name.data())) throw_errno("create a folder", name);
  path_ = name;
}

ScratchFolder::ScratchFolder(const fs::path& in) : path_(temporary_beside(in / "scratch")) {
  ensure_writable_folder(path_);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace scaffold
