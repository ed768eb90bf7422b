#include "scene/camera.hpp"

#include <vtkCamera.h>
#include <vtkMatrix4x4.h>
#include <vtkRenderer.h>

#include <algorithm>
#include <cmath>

namespace scaffold::viewer {
namespace {

constexpr double pi = 3.14159265358979323846;
constexpr double nearest = 1e-4, farthest = 1e8;  // in voxels; beyond, rounding makes matrices singular

std::array<double, 16> to_clip(vtkRenderer* renderer, double aspect) {
  std::array<double, 16> matrix{};
  const double* found =
      renderer->GetActiveCamera()->GetCompositeProjectionTransformMatrix(aspect, -1, 1)->GetData();
  std::copy_n(found, 16, matrix.begin());
  return matrix;
}

std::array<double, 4> times(const std::array<double, 16>& m, const std::array<double, 4>& v) {
  std::array<double, 4> result{};
  for (std::size_t row = 0; row < 4; ++row)
    for (std::size_t i = 0; i < 4; ++i) result[row] += m[4 * row + i] * v[i];
  return result;
}

std::optional<std::array<double, 2>> project(const std::array<double, 16>& matrix,
                                             const std::array<double, 3>& point, double width,
                                             double height) {
  const auto v = times(matrix, {point[0], point[1], point[2], 1});
  if (v[3] <= 0) return std::nullopt;
  return std::array{(v[0] / v[3] + 1) / 2 * width, (1 - v[1] / v[3]) / 2 * height};
}

}  // namespace

void turn(vtkRenderer* renderer, double dx, double dy, double height) {
  constexpr double degrees_a_height = 180;
  vtkCamera* camera = renderer->GetActiveCamera();
  camera->Azimuth(-dx / height * degrees_a_height);
  camera->Elevation(dy / height * degrees_a_height);
  camera->OrthogonalizeViewUp();
  renderer->ResetCameraClippingRange();
}

void shift(vtkRenderer* renderer, double dx, double dy, double height) {
  vtkCamera* camera = renderer->GetActiveCamera();
  // What the middle of the view shows moves with the mouse.
  const double span = camera->GetParallelProjection()
                          ? 2 * camera->GetParallelScale()
                          : 2 * camera->GetDistance() * std::tan(camera->GetViewAngle() * pi / 360);
  const double a_pixel = span / height;
  double forward[3], up[3], right[3], position[3], focus[3];
  camera->GetDirectionOfProjection(forward);
  camera->GetViewUp(up);
  for (int i = 0; i < 3; ++i)
    right[i] = forward[(i + 1) % 3] * up[(i + 2) % 3] - forward[(i + 2) % 3] * up[(i + 1) % 3];
  camera->GetPosition(position);
  camera->GetFocalPoint(focus);
  for (int i = 0; i < 3; ++i) {
    const double by = (-dx * right[i] + dy * up[i]) * a_pixel;
    position[i] += by;
    focus[i] += by;
  }
  camera->SetPosition(position);
  camera->SetFocalPoint(focus);
  renderer->ResetCameraClippingRange();
}

void approach(vtkRenderer* renderer, double notches) {
  vtkCamera* camera = renderer->GetActiveCamera();
  const double factor = std::pow(1.15, notches);
  const double next =
      (camera->GetParallelProjection() ? camera->GetParallelScale() : camera->GetDistance()) / factor;
  if (!(next > nearest && next < farthest)) return;
  camera->GetParallelProjection() ? camera->Zoom(factor) : camera->Dolly(factor);
  renderer->ResetCameraClippingRange();
}

void turn_table(vtkRenderer* renderer, double degrees) {
  renderer->GetActiveCamera()->Azimuth(degrees);
  renderer->ResetCameraClippingRange();
}

void look_from(vtkRenderer* renderer, Direction direction, const std::array<double, 6>& bounds) {
  const double center[3] = {(bounds[0] + bounds[1]) / 2, (bounds[2] + bounds[3]) / 2,
                            (bounds[4] + bounds[5]) / 2};
  // From the side on which each axis points as in its slice (plane_axes()); the corner is that of the slice
  // across D, raised and turned a little.
  struct Stand {
    double from[3], up[3];
  };
  static constexpr Stand stands[] = {{{1.6, -0.8, 1.2}, {0, -1, 0}},
                                     {{1, 0, 0}, {0, -1, 0}},
                                     {{0, -1, 0}, {-1, 0, 0}},
                                     {{0, 0, 1}, {-1, 0, 0}}};
  const auto& [from, up] = stands[static_cast<std::size_t>(direction)];
  vtkCamera* camera = renderer->GetActiveCamera();
  camera->SetFocalPoint(center);
  camera->SetPosition(center[0] + from[0], center[1] + from[1], center[2] + from[2]);
  camera->SetViewUp(up);
  renderer->ResetCamera(bounds.data());
  camera->GetParallelProjection() ? camera->Zoom(0.95) : camera->Dolly(0.95);
  renderer->ResetCameraClippingRange(bounds.data());
}

Margins label_margins(double text_scale) {
  return {100 * text_scale, 30 * text_scale, 20 * text_scale, 62 * text_scale};
}

void fit(vtkRenderer* renderer, const std::vector<std::array<double, 3>>& points, double width, double height,
         const Margins& margins) {
  constexpr int rounds = 8;  // in perspective what is near grows faster than what is far
  const double room_x = std::max(width - margins.left - margins.right, width / 3),
               room_y = std::max(height - margins.top - margins.bottom, height / 3);
  vtkCamera* camera = renderer->GetActiveCamera();
  camera->SetWindowCenter(0, 0);
  std::array<double, 2> low{}, high{};
  for (int round = 0; round <= rounds; ++round) {
    low = {1e300, 1e300};
    high = {-1e300, -1e300};
    const auto matrix = to_clip(renderer, width / height);
    for (const auto& point : points) {
      const auto at = project(matrix, point, width, height);
      if (!at) return;
      for (std::size_t i = 0; i < 2; ++i) {
        low[i] = std::min(low[i], (*at)[i]);
        high[i] = std::max(high[i], (*at)[i]);
      }
    }
    const double ratio = std::max((high[0] - low[0]) / room_x, (high[1] - low[1]) / room_y);
    if (!(ratio > 0) || round == rounds) break;
    // Not all of the way in perspective, so that it does not swing.
    camera->GetParallelProjection() ? camera->Zoom(1 / ratio) : camera->Dolly(std::pow(1 / ratio, 0.7));
  }
  // The picture is shifted, not the camera: it still turns around the middle of what it looks at.
  const double dx = (margins.left + width - margins.right) / 2 - (low[0] + high[0]) / 2,
               dy = (margins.top + height - margins.bottom) / 2 - (low[1] + high[1]) / 2;
  camera->SetWindowCenter(-2 * dx / width, 2 * dy / height);
  renderer->ResetCameraClippingRange();
}

void fit(vtkRenderer* renderer, const std::array<double, 6>& bounds, double width, double height,
         const Margins& margins) {
  std::vector<std::array<double, 3>> corners;
  for (int corner = 0; corner < 8; ++corner)
    corners.push_back({bounds[corner & 1 ? 1 : 0], bounds[corner & 2 ? 3 : 2], bounds[corner & 4 ? 5 : 4]});
  fit(renderer, corners, width, height, margins);
  renderer->ResetCameraClippingRange(bounds.data());
}

void set_parallel(vtkRenderer* renderer, bool parallel) {
  vtkCamera* camera = renderer->GetActiveCamera();
  if (static_cast<bool>(camera->GetParallelProjection()) == parallel) return;
  // What the focus shows keeps its size.
  const double half = std::tan(camera->GetViewAngle() * pi / 360);
  if (parallel) {
    camera->SetParallelScale(camera->GetDistance() * half);
  } else {
    double position[3], focus[3];
    camera->GetPosition(position);
    camera->GetFocalPoint(focus);
    const double factor = camera->GetParallelScale() / half / camera->GetDistance();
    for (int i = 0; i < 3; ++i) position[i] = focus[i] + (position[i] - focus[i]) * factor;
    camera->SetPosition(position);
  }
  camera->SetParallelProjection(parallel);
  renderer->ResetCameraClippingRange();
}

CameraPose pose(vtkRenderer* renderer) {
  vtkCamera* camera = renderer->GetActiveCamera();
  CameraPose pose{};
  camera->GetPosition(pose.data());
  camera->GetFocalPoint(pose.data() + 3);
  camera->GetViewUp(pose.data() + 6);
  pose[9] = camera->GetParallelScale();
  camera->GetWindowCenter(pose[10], pose[11]);
  return pose;
}

bool sound(const CameraPose& pose) {
  if (!std::all_of(pose.begin(), pose.end(), [](double v) { return std::abs(v) < farthest; })) return false;
  const auto length = [](double x, double y, double z) { return std::hypot(x, y, z); };
  return length(pose[0] - pose[3], pose[1] - pose[4], pose[2] - pose[5]) > nearest &&
         length(pose[6], pose[7], pose[8]) > nearest && pose[9] > nearest;
}

void set_pose(vtkRenderer* renderer, const CameraPose& pose) {
  if (!sound(pose)) return;
  vtkCamera* camera = renderer->GetActiveCamera();
  camera->SetPosition(pose.data());
  camera->SetFocalPoint(pose.data() + 3);
  camera->SetViewUp(pose.data() + 6);
  camera->SetParallelScale(pose[9]);
  camera->SetWindowCenter(pose[10], pose[11]);
  renderer->ResetCameraClippingRange();
}

Ray ray_through(vtkRenderer* renderer, double x, double y, double width, double height) {
  const auto matrix = to_clip(renderer, width / height);
  std::array<double, 16> inverse{};
  vtkMatrix4x4::Invert(matrix.data(), inverse.data());
  const auto at = [&](double depth) {
    const auto v = times(inverse, {2 * x / width - 1, 1 - 2 * y / height, depth, 1});
    return std::array<double, 3>{v[0] / v[3], v[1] / v[3], v[2] / v[3]};
  };
  const auto near = at(-1), far = at(1);
  Ray ray{near, {}};
  double length = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    ray.direction[i] = far[i] - near[i];
    length += ray.direction[i] * ray.direction[i];
  }
  for (auto& part : ray.direction) part /= std::sqrt(std::max(length, 1e-300));
  return ray;
}

std::optional<std::array<double, 2>> project(vtkRenderer* renderer, const std::array<double, 3>& point,
                                             double width, double height) {
  return project(to_clip(renderer, width / height), point, width, height);
}

Sight::Sight(vtkRenderer* renderer, double width, double height)
    : matrix_(to_clip(renderer, width / height)) {
  vtkCamera* camera = renderer->GetActiveCamera();
  camera->GetPosition(eye_.data());
  parallel_ = camera->GetParallelProjection();
  pixels_at_1_ = parallel_ ? height / (2 * camera->GetParallelScale())
                           : height / (2 * std::tan(camera->GetViewAngle() * pi / 360));
}

double Sight::pixels(const std::array<double, 3>& low, const std::array<double, 3>& high) const {
  // Out of sight: all corners beyond one side of the picture.
  std::array<int, 4> beyond{};
  for (int corner = 0; corner < 8; ++corner) {
    const auto v = times(matrix_, {corner & 1 ? high[0] : low[0], corner & 2 ? high[1] : low[1],
                                   corner & 4 ? high[2] : low[2], 1});
    beyond[0] += v[0] < -v[3];
    beyond[1] += v[0] > v[3];
    beyond[2] += v[1] < -v[3];
    beyond[3] += v[1] > v[3];
  }
  if (std::ranges::max(beyond) == 8) return 0;
  if (parallel_) return pixels_at_1_;
  double distance = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const double away = std::max({low[i] - eye_[i], eye_[i] - high[i], 0.0});
    distance += away * away;
  }
  return pixels_at_1_ / std::max(std::sqrt(distance), 1.0);
}

}  // namespace scaffold::viewer
