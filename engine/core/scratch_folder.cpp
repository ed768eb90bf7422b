#include "core/scratch_folder.hpp"

#include <stdlib.h>

#include "core/error.hpp"

namespace scaffold {

ScratchFolder::ScratchFolder(const std::string& prefix) {
  std::string name = (fs::temp_directory_path() / (prefix + "-XXXXXX")).string();
  if (!::mkdtemp(name.data())) throw_errno("create a folder", name);
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace scaffold
