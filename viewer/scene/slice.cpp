#include "scene/slice.hpp"

#include <cmath>

namespace scaffold::viewer {

std::array<int, 2> plane_axes(int axis) {
  return axis == 0 ? std::array{1, 2} : axis == 1 ? std::array{0, 2} : std::array{0, 1};
}

std::array<std::int64_t, 3> voxel_of(int axis, std::int64_t index, std::int64_t column, std::int64_t row) {
  const auto [down, right] = plane_axes(axis);
  std::array<std::int64_t, 3> at{};
  at[axis] = index;
  at[down] = row;
  at[right] = column;
  return at;
}

SlicePicture slice(const LabelVolume& volume, int axis, std::int64_t index,
                   const std::vector<ClassStyle>& styles, Rgb background) {
  const auto [down, right] = plane_axes(axis);
  SlicePicture picture{static_cast<int>(volume.extent[right]), static_cast<int>(volume.extent[down]), {}};
  picture.rgba.reserve(static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height) *
                       4);
  for (int row = 0; row < picture.height; ++row)
    for (int column = 0; column < picture.width; ++column) {
      const auto at = voxel_of(axis, index, column, row);
      const std::uint8_t label = volume.at(at[0], at[1], at[2]);
      const bool drawn = label != 0 && label < styles.size() && styles[label].visible;
      const Rgb color = drawn ? styles[label].color : background;
      for (const float part : {color.r, color.g, color.b})
        picture.rgba.push_back(static_cast<std::uint8_t>(std::lround(255 * part)));
      picture.rgba.push_back(255);
    }
  return picture;
}

}  // namespace scaffold::viewer
