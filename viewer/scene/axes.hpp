// The edges of a box with numbers and titles along the outer ones.
//
// VTK's own cube axes overlap their titles with their labels at many angles; here each text stands at a fixed
// distance from its edge on the screen, away from the box, and where it would cover another it is left out.
#pragma once
#include <vtkSmartPointer.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "scene/before_picture.hpp"
#include "scene/box_outline.hpp"
#include "scene/text_room.hpp"

class vtkBillboardTextActor3D;
class vtkRenderer;

namespace scaffold::viewer {

struct AxisKind {
  std::array<const char*, 3> titles;
  std::size_t upright;  ///< whose numbers stand at the side
  bool voxels;          ///< whole numbers from 0, halved; else round ones
};
inline constexpr AxisKind voxel_axes{{"D (voxels)", "H (voxels)", "W (voxels)"}, 1, true};
inline constexpr AxisKind space_axes{{"x", "y", "z"}, 2, false};

/// At a point of space, moved by (dx, dy) pixels, y downwards.
struct PlacedText {
  std::string text;
  std::array<double, 3> at{};
  double dx = 0, dy = 0;
};
/// Bounds are {x0, x1, y0, y1, z0, z1}; width and height are the view's, `scale` is 1 at 72 dots an inch. An
/// axis that is seen nearly end on, shorter than a quarter of the longest one, has no numbers, and no title
/// where its edges lie inside the box's outline. What the texts take of `room` overlaps nothing.
std::vector<PlacedText> axis_texts(vtkRenderer* renderer, const std::array<double, 6>& bounds,
                                   const AxisKind& kind, double width, double height, double scale,
                                   TextRoom& room);

class Axes {
 public:
  /// Texts go into `texts`, which has the same camera. `before`: takes room in each picture that theirs must
  /// leave.
  Axes(vtkRenderer* renderer, vtkRenderer* texts, const AxisKind& kind,
       std::function<void(TextRoom&)> before = {});
  ~Axes();
  Axes(const Axes&) = delete;
  Axes& operator=(const Axes&) = delete;

  void set_bounds(const std::array<double, 6>& bounds);
  void set_colors(Rgb lines, Rgb text);
  /// The edges alone, or with their numbers.
  void set_visible(bool edges, bool numbers);
  /// What the texts of the picture that is being drawn have taken, and those before them.
  const TextRoom& room() const { return room_; }

 private:
  void place();
  void put(std::size_t number, const PlacedText& text);

  vtkRenderer *renderer_, *overlay_;
  AxisKind kind_;
  std::function<void(TextRoom&)> before_;
  std::array<double, 6> bounds_{0, 1, 0, 1, 0, 1};
  bool numbered_ = false;
  Rgb text_{};
  BoxOutline outline_;
  TextRoom room_;
  std::vector<vtkSmartPointer<vtkBillboardTextActor3D>> texts_;
  BeforePicture before_picture_;
};

}  // namespace scaffold::viewer
