// Counts along the spatial axes of a sample, and boxes of them.
#pragma once
#include <array>
#include <cstdint>

namespace scaffold {

using Extent3 = std::array<std::int64_t, 3>;  ///< voxels (or counts) along D, H, W

/// A box of voxels: begin inclusive, size in voxels.
struct Block {
  Extent3 begin{}, size{};
  std::int64_t voxels() const { return size[0] * size[1] * size[2]; }
  bool operator==(const Block&) const = default;
};

}  // namespace scaffold
