// A point cloud in a renderer, made to be changed many times a second.
#pragma once
#include <vtkSmartPointer.h>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "scene/axes.hpp"
#include "scene/camera.hpp"
#include "scene/colors.hpp"
#include "scene/overlay.hpp"
#include "scene/point_cloud.hpp"

class vtkActor;
class vtkFloatArray;
class vtkPolyData;
class vtkRenderer;
class vtkUnsignedCharArray;

namespace scaffold::viewer {

enum class CloudColors { height, map };

class CloudScene {
 public:
  static constexpr std::size_t max_points = 2'000'000;  ///< drawn; of more, the first

  /// The renderer must be in its window already.
  explicit CloudScene(vtkRenderer* renderer);
  ~CloudScene();
  CloudScene(const CloudScene&) = delete;
  CloudScene& operator=(const CloudScene&) = delete;

  /// `maps[i]`: which map made point i (empty: unknown, all as map 0). The first `share` of the points is
  /// what the camera is fitted to and what the axes measure. The camera stays.
  void show(const PointCloud& cloud, const std::vector<std::uint8_t>& maps, double share = 1);
  void set_colors(CloudColors colors, bool dark);
  void set_axes(bool shown, Rgb lines, Rgb text);
  /// The camera to all of it, z upwards (from z: y).
  void look(Direction from);
  /// The same from where the camera looks now. Until somebody moves the camera, the cloud fills the view,
  /// whatever becomes of its size.
  void fit();
  std::size_t drawn() const { return drawn_; }

 private:
  using Point = std::array<double, 3>;
  void color();
  /// Bounds and outline of the first points.
  void measure(std::size_t points);
  void keep_fitted();

  vtkRenderer* renderer_;
  vtkSmartPointer<vtkFloatArray> coordinates_;
  vtkSmartPointer<vtkUnsignedCharArray> colors_;
  vtkSmartPointer<vtkPolyData> data_;
  vtkSmartPointer<vtkActor> actor_;
  Overlay overlay_;
  BeforePicture before_picture_;  ///< before that of the axes, which stand where the camera shows them
  Axes axes_;
  std::array<double, 6> bounds_{-1, 1, -1, 1, -1, 1};
  std::vector<Point> outline_;             ///< points that tell how large the cloud appears
  std::optional<CameraPose> fitted_pose_;  ///< where look() or keep_fitted() has put the camera
  std::array<int, 2> fitted_size_{};
  bool has_axes_ = false;
  std::vector<std::uint8_t> maps_;
  std::size_t drawn_ = 0;
  CloudColors by_ = CloudColors::height;
  bool dark_ = true;
};

}  // namespace scaffold::viewer
