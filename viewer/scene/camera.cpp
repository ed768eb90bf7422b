#include "scene/camera.hpp"

#include <vtkCamera.h>
#include <vtkRenderer.h>

#include <cmath>

namespace scaffold::viewer {

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
  const double span =
      camera->GetParallelProjection()
          ? 2 * camera->GetParallelScale()
          : 2 * camera->GetDistance() * std::tan(camera->GetViewAngle() * 3.14159265358979 / 360);
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
  camera->GetParallelProjection() ? camera->Zoom(factor) : camera->Dolly(factor);
  renderer->ResetCameraClippingRange();
}

}  // namespace scaffold::viewer
