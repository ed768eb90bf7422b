// The bounding box of a volume with voxel units along its outer edges.
//
// VTK's own cube axes overlap their titles with their labels at many angles; here each text stands at a fixed
// distance from its edge on the screen, away from the box.
#pragma once
#include <vtkSmartPointer.h>

#include <array>
#include <string>
#include <vector>

#include "scene/box_outline.hpp"

class vtkBillboardTextActor3D;
class vtkRenderer;

namespace scaffold::viewer {

class Axes {
 public:
  /// Texts go into `texts`, which has the same camera.
  Axes(vtkRenderer* renderer, vtkRenderer* texts);
  ~Axes();
  Axes(const Axes&) = delete;
  Axes& operator=(const Axes&) = delete;

  /// {0, d, 0, h, 0, w} in voxels.
  void set_bounds(const std::array<double, 6>& bounds);
  void set_colours(Rgb lines, Rgb text);
  /// The edges alone, or with their numbers.
  void set_visible(bool edges, bool numbers);

 private:
  using Point = std::array<double, 3>;
  void place();
  void place_axis(std::size_t axis, double width, double height, std::size_t& used);
  void put(std::size_t& used, const std::string& text, const Point& at, double dx, double dy);

  vtkRenderer *renderer_, *overlay_;
  unsigned long observer_ = 0;
  std::array<double, 6> bounds_{0, 1, 0, 1, 0, 1};
  bool numbered_ = false;
  Rgb text_{};
  BoxOutline outline_;
  std::vector<vtkSmartPointer<vtkBillboardTextActor3D>> texts_;
  std::vector<std::array<double, 2>> placed_;  ///< pixels of the labels of this picture
};

}  // namespace scaffold::viewer
