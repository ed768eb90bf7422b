// What helps to read a 3D view: bounding box with voxel units, shard boxes, crosshair, ruler.
#pragma once
#include <vtkSmartPointer.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "scene/axes.hpp"
#include "scene/label_volume.hpp"
#include "scene/overlay.hpp"

class vtkActor;
class vtkBillboardTextActor3D;
class vtkPolyData;
class vtkRenderer;

namespace scaffold::viewer {

struct LabeledBox {
  Index3 begin{}, end{};
  std::string label;
};

/// Where the length of a ruler is written, above the middle of its line, and what it takes of `room`; nothing
/// where that is behind the camera. Sizes as for axis_texts().
std::optional<PlacedText> ruler_text(vtkRenderer* renderer, const std::array<Index3, 2>& ends, double width,
                                     double height, double scale, TextRoom& room);

class Decorations {
 public:
  explicit Decorations(vtkRenderer* renderer);
  ~Decorations();
  Decorations(const Decorations&) = delete;
  Decorations& operator=(const Decorations&) = delete;

  /// {0, d, 0, h, 0, w} in voxels.
  void set_bounds(const std::array<double, 6>& bounds);
  void set_colors(Rgb lines, Rgb text, Rgb accent, Rgb ground);
  /// The box's edges, and numbers along them.
  void set_axes(bool edges, bool numbers);
  /// Where labels would cover each other or the axes' texts, the nearest is seen.
  void set_boxes(const std::vector<LabeledBox>& boxes);
  /// Lines through the middle of a voxel along the axes.
  void set_crosshair(const std::optional<Index3>& voxel);
  /// A line between the middles of two voxels, with its length in voxels, before which all other texts give
  /// way.
  void set_ruler(const std::optional<std::array<Index3, 2>>& ends);

 private:
  struct Lines {
    vtkSmartPointer<vtkPolyData> data;
    vtkSmartPointer<vtkActor> actor;
  };
  Lines make_lines(double width);
  vtkSmartPointer<vtkBillboardTextActor3D> make_text();
  void recolor();
  void place_labels();
  void place_length(TextRoom& room);
  double font_scale() const;

  vtkRenderer* renderer_;
  std::array<double, 6> bounds_{0, 1, 0, 1, 0, 1};
  Rgb lines_{0.55f, 0.55f, 0.55f}, text_{0.8f, 0.8f, 0.8f}, accent_{0.3f, 0.7f, 0.9f}, ground_{};
  Overlay overlay_;
  Axes axes_;
  Lines boxes_, crosshair_, ruler_;
  std::vector<vtkSmartPointer<vtkBillboardTextActor3D>> labels_;
  vtkSmartPointer<vtkBillboardTextActor3D> length_;
  std::optional<std::array<Index3, 2>> ruler_ends_;
  BeforePicture before_picture_;  ///< after that of the axes, whose texts go first
};

/// Distance between the middles of two voxels, in voxels.
double distance(const Index3& a, const Index3& b);

}  // namespace scaffold::viewer
