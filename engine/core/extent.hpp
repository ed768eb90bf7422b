// Counts along the spatial axes of a sample, and boxes of them.
#pragma once
#include <array>
#include <cstdint>
#include <string>

namespace scaffold {

using Extent3 = std::array<std::int64_t, 3>;  ///< voxels (or counts) along D, H, W

/// "32^3", "16 x 768 x 1152", "768 x 1152" of a flat one.
std::string extents_text(const Extent3& extents);
inline Extent3 cube(std::int64_t edge) { return {edge, edge, edge}; }

/// A box of voxels: begin inclusive, size in voxels.
struct Block {
  Extent3 begin{}, size{};
  std::int64_t voxels() const { return size[0] * size[1] * size[2]; }
  bool operator==(const Block&) const = default;
};

}  // namespace scaffold
