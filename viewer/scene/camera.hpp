// Mouse movements as camera movements, as in ParaView: drag turns, right or middle drag shifts, the wheel
// comes nearer.
#pragma once
#include <array>
#include <optional>
#include <vector>

class vtkRenderer;

namespace scaffold::viewer {

/// Where the camera looks from: along an axis, so that the picture has what the slice across it has, the same
/// way up; `iso` from a corner, with H downwards and W to the right.
enum class Direction { iso, x, y, z };
inline constexpr const char* direction_names[] = {"iso", "x", "y", "z"};

/// `dx`, `dy`: pixels, y downwards; `height`: of the view, in pixels.
void turn(vtkRenderer* renderer, double dx, double dy, double height);
void shift(vtkRenderer* renderer, double dx, double dy, double height);
/// `notches` of the wheel; positive comes nearer.
void approach(vtkRenderer* renderer, double notches);
/// Around the vertical axis of the picture.
void turn_table(vtkRenderer* renderer, double degrees);
/// Sees all of `bounds` {x0, x1, y0, y1, z0, z1}, whatever the view's shape.
void look_from(vtkRenderer* renderer, Direction direction, const std::array<double, 6>& bounds);
/// Pixels to leave free around a box.
struct Margins {
  double left = 0, right = 0, top = 0, bottom = 0;
};
/// Room for the numbers and titles along a box's edges, at this size of text.
Margins label_margins(double text_scale);
/// Comes so near that the points fill a view of this size up to the margins, from where the camera looks now.
void fit(vtkRenderer* renderer, const std::vector<std::array<double, 3>>& points, double width, double height,
         const Margins& margins);
/// The same for a box {x0, x1, y0, y1, z0, z1}, which is all that is within reach then.
void fit(vtkRenderer* renderer, const std::array<double, 6>& bounds, double width, double height,
         const Margins& margins);
void set_parallel(vtkRenderer* renderer, bool parallel);

/// Position, point looked at, up, height of a parallel view, where in the picture its middle is: 12 numbers.
using CameraPose = std::array<double, 12>;
CameraPose pose(vtkRenderer* renderer);
/// It looks somewhere, and VTK can reckon with it.
bool sound(const CameraPose& pose);
/// Nothing changes when it is not sound.
void set_pose(vtkRenderer* renderer, const CameraPose& pose);

/// The line of sight through a pixel of a view of this size, y downwards: origin and direction.
struct Ray {
  std::array<double, 3> origin{}, direction{};
};
Ray ray_through(vtkRenderer* renderer, double x, double y, double width, double height);
/// Pixel of a point, y downwards; nothing when it is behind the camera.
std::optional<std::array<double, 2>> project(vtkRenderer* renderer, const std::array<double, 3>& point,
                                             double width, double height);

/// How large things appear: pixels that a length of 1 covers at the box's nearest point, 0 when it is out of
/// sight.
class Sight {
 public:
  Sight(vtkRenderer* renderer, double width, double height);
  double pixels(const std::array<double, 3>& low, const std::array<double, 3>& high) const;

 private:
  std::array<double, 16> matrix_{};  ///< to clip coordinates, row-major
  std::array<double, 3> eye_{};
  bool parallel_ = false;
  double pixels_at_1_ = 1;  ///< at distance 1, or anywhere where parallel
};

}  // namespace scaffold::viewer
