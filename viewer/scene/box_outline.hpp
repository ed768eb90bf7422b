// The edges of a box: a frame of reference where axes would be too much.
#pragma once
#include <vtkSmartPointer.h>

#include <array>

#include "scene/colors.hpp"

class vtkActor;
class vtkPolyData;
class vtkRenderer;

namespace scaffold::viewer {

class BoxOutline {
 public:
  explicit BoxOutline(vtkRenderer* renderer);
  ~BoxOutline();
  BoxOutline(const BoxOutline&) = delete;
  BoxOutline& operator=(const BoxOutline&) = delete;

  /// {x0, x1, y0, y1, z0, z1}.
  void show(const std::array<double, 6>& bounds);
  void set_color(Rgb color);
  void set_visible(bool visible);

 private:
  vtkRenderer* renderer_;
  vtkSmartPointer<vtkPolyData> box_;
  vtkSmartPointer<vtkActor> actor_;
};

}  // namespace scaffold::viewer
