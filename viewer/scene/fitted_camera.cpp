#include "scene/fitted_camera.hpp"

#include <vtkCallbackCommand.h>
#include <vtkCamera.h>
#include <vtkRenderWindow.h>
#include <vtkRenderer.h>

#include <utility>

namespace scaffold::viewer {
namespace {

constexpr double min_labeled = 350;  // pixels: of a narrower view the numbers would take half

}  // namespace

FittedCamera::FittedCamera() : camera_(vtkSmartPointer<vtkCamera>::New()) {}

FittedCamera::~FittedCamera() {
  for (const auto& [renderer, observer] : attached_) renderer->RemoveObserver(observer);
}

void FittedCamera::attach(vtkRenderer* renderer) {
  constexpr float before_scenes = 1;  // they choose what to draw by where the camera is
  renderer->SetActiveCamera(camera_);
  auto callback = vtkSmartPointer<vtkCallbackCommand>::New();
  callback->SetClientData(this);
  callback->SetCallback([](vtkObject* caller, unsigned long, void* self, void*) {
    static_cast<FittedCamera*>(self)->before_picture(vtkRenderer::SafeDownCast(caller));
  });
  attached_.push_back({renderer, renderer->AddObserver(vtkCommand::StartEvent, callback, before_scenes)});
}

void FittedCamera::set_labeled(bool labeled) {
  if (labeled != labeled_) size_ = {};
  labeled_ = labeled;
}

void FittedCamera::look_from(Direction direction) {
  viewer::look_from(any(), direction, bounds_);
  pose_ = pose();
  size_ = {};
}

void FittedCamera::set_parallel(bool parallel) {
  const bool fitted = pose_ && *pose_ == pose();
  viewer::set_parallel(any(), parallel);
  if (!fitted) return;
  pose_ = pose();
  size_ = {};
}

bool FittedCamera::parallel() const { return camera_->GetParallelProjection(); }
void FittedCamera::turn_table(double degrees) { viewer::turn_table(any(), degrees); }
CameraPose FittedCamera::pose() const { return viewer::pose(any()); }
void FittedCamera::set_pose(const CameraPose& pose) { viewer::set_pose(any(), pose); }

void FittedCamera::before_picture(vtkRenderer* renderer) {
  const int* size = renderer->GetSize();
  if (size[0] < 2 || size[1] < 2) return;
  const double text = renderer->GetRenderWindow()->GetDPI() / 72.0, around = 12 * text;
  const bool room = size[0] >= min_labeled * text;
  if (std::exchange(room_, room) != room) told_(room);
  if (pose_ && *pose_ != pose()) pose_.reset();
  if (pose_ && size_ != std::array{size[0], size[1]}) {
    fit(renderer, bounds_, size[0], size[1],
        labeled_ && room ? label_margins(text) : Margins{around, around, around, around});
    pose_ = pose();
    size_ = {size[0], size[1]};
  }
  // What is near and far must hold for the whole box in every view, not for what one of them happens to show.
  std::array<double, 6> wide = bounds_;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double margin = (bounds_[2 * axis + 1] - bounds_[2 * axis]) / 2;
    wide[2 * axis] -= margin;
    wide[2 * axis + 1] += margin;
  }
  renderer->ResetCameraClippingRange(wide.data());
}

}  // namespace scaffold::viewer
