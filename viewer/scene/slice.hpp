// A plane of a label volume as a picture.
#pragma once
#include <cstdint>
#include <vector>

#include "scene/label_volume.hpp"

namespace scaffold::viewer {

/// Axis 0, 1, 2: the plane across D, H, W.
struct SlicePicture {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgba;  ///< top row first
};

/// Across D: H downwards, W to the right; across H: D downwards, W to the right; across W: D downwards, H to
/// the right. Hidden classes and background are `background`.
SlicePicture slice(const LabelVolume& volume, int axis, std::int64_t index,
                   const std::vector<ClassStyle>& styles, Rgb background);

/// The voxel (D, H, W) under the pixel at (column, row) of that picture.
std::array<std::int64_t, 3> voxel_of(int axis, std::int64_t index, std::int64_t column, std::int64_t row);

/// Which axes a slice's pictures run along: {down, right}.
std::array<int, 2> plane_axes(int axis);

}  // namespace scaffold::viewer
