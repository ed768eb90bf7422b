// The edges of a volume's box: a frame of reference where axes would be too much.
#pragma once
#include <vtkSmartPointer.h>

#include <array>
#include <cstdint>

#include "scene/colours.hpp"

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

  /// Voxels along D, H, W.
  void show(const std::array<std::int64_t, 3>& extent);
  void set_colour(Rgb colour);
  void set_visible(bool visible);

 private:
  vtkRenderer* renderer_;
  vtkSmartPointer<vtkPolyData> box_;
  vtkSmartPointer<vtkActor> actor_;
};

}  // namespace scaffold::viewer
