// A volume of labels as the scene draws it: classes, not what a file holds.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "scene/colors.hpp"

namespace scaffold::viewer {

using Index3 = std::array<std::int64_t, 3>;

/// labels[(d·h' + h)·w' + w] for extent (d', h', w'); 0 is background and never drawn. A reduced level keeps
/// one label for step³ voxels, an occupied one where there is any.
struct LabelVolume {
  Index3 extent{};
  std::int64_t step = 1;  ///< voxels of the file along the edge of one here
  std::vector<std::uint8_t> labels;
  /// Where step > 1: reads the box [begin, end), in voxels of the file, at a finer step. From any one thread;
  /// throws scaffold::Error. May be empty: there is nothing finer.
  std::function<LabelVolume(const Index3& begin, const Index3& end, std::int64_t step)> finer = {};

  std::uint8_t at(std::int64_t d, std::int64_t h, std::int64_t w) const {
    return labels[static_cast<std::size_t>((d * extent[1] + h) * extent[2] + w)];
  }
  std::uint8_t at(const Index3& v) const { return at(v[0], v[1], v[2]); }
};

/// The volume with twice the step: one label for 2³, the most frequent occupied one (the lowest of several).
LabelVolume halved(const LabelVolume& volume);

/// How a class is drawn.
struct ClassStyle {
  std::string name;
  Rgb color;
  float opacity = 1;
  bool visible = true;
};

}  // namespace scaffold::viewer
