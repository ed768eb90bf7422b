// One camera for any number of views: until somebody moves it, a box fills each of them, whatever becomes of
// their size.
#pragma once
#include <vtkSmartPointer.h>

#include <array>
#include <functional>
#include <optional>
#include <vector>

#include "scene/camera.hpp"

class vtkCamera;
class vtkRenderer;

namespace scaffold::viewer {

class FittedCamera {
 public:
  FittedCamera();
  ~FittedCamera();
  FittedCamera(const FittedCamera&) = delete;
  FittedCamera& operator=(const FittedCamera&) = delete;

  /// It sees through this camera from now on, and must live longer than it.
  void attach(vtkRenderer* renderer);
  /// What is to fill the views: {0, d, 0, h, 0, w}.
  void set_bounds(const std::array<double, 6>& bounds) { bounds_ = bounds; }
  /// Room is left for numbers along the box's edges, in views that are not too narrow for them.
  void set_labeled(bool labeled);
  /// Told, before a picture is drawn, whether its view has that room; when it is another than the last one's.
  void on_room(std::function<void(bool room)> told) { told_ = std::move(told); }
  bool room() const { return room_; }
  void look_from(Direction direction);
  void set_parallel(bool parallel);
  bool parallel() const;
  void turn_table(double degrees);
  CameraPose pose() const;
  /// It stays like that. Nothing changes when the pose is not sound.
  void set_pose(const CameraPose& pose);

 private:
  void before_picture(vtkRenderer* renderer);
  vtkRenderer* any() const { return attached_.front().renderer; }

  struct Attached {
    vtkRenderer* renderer;
    unsigned long observer;
  };
  vtkSmartPointer<vtkCamera> camera_;
  std::vector<Attached> attached_;
  std::array<double, 6> bounds_{0, 1, 0, 1, 0, 1};
  bool labeled_ = true, room_ = true;
  std::function<void(bool)> told_ = [](bool) {};
  std::optional<CameraPose> pose_;  ///< where it was put last; none since somebody has moved it
  std::array<int, 2> size_{};       ///< of the view that it fits
};

}  // namespace scaffold::viewer
