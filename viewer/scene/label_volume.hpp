// A volume of labels as the scene draws it: classes, not what a file holds.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "scene/colours.hpp"

namespace scaffold::viewer {

/// labels[(d·h' + h)·w' + w] for extent (d', h', w'); 0 is background and never drawn. A reduced level keeps
/// one label for step³ voxels.
struct LabelVolume {
  std::array<std::int64_t, 3> extent{};
  std::int64_t step = 1;  ///< voxels of the file along the edge of one here
  std::vector<std::uint8_t> labels;

  std::uint8_t at(std::int64_t d, std::int64_t h, std::int64_t w) const {
    return labels[static_cast<std::size_t>((d * extent[1] + h) * extent[2] + w)];
  }
};

/// How a class is drawn.
struct ClassStyle {
  std::string name;
  Rgb colour;
  float opacity = 1;
  bool visible = true;
};

}  // namespace scaffold::viewer
