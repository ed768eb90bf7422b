#pragma once
#include <cstdint>
#include <string>

#include "core/text.hpp"

namespace scaffold::viewer {

/// "1 voxel", "2 voxels".
inline std::string several(std::int64_t n, const char* word) { return cat(n, " ", word, n == 1 ? "" : "s"); }

}  // namespace scaffold::viewer
