// What is cut away from a volume.
#pragma once
#include <array>

#include "scene/label_volume.hpp"

class vtkPlane;

namespace scaffold::viewer {

/// Cuts away what lies beyond: the side that `normal` points to.
struct ClipPlane {
  std::array<double, 3> point{}, normal{1, 0, 0};
  bool operator==(const ClipPlane&) const = default;
};

/// As VTK's mappers cut with it.
void set_plane(vtkPlane* plane, const ClipPlane& clip);

}  // namespace scaffold::viewer
