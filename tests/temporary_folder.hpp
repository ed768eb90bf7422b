// A folder that goes away with the test.
#pragma once
#include "core/scratch_folder.hpp"

struct TemporaryFolder : scaffold::ScratchFolder {
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path() / name; }
};
