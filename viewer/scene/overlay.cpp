#include "scene/overlay.hpp"

#include <vtkRenderWindow.h>
#include <vtkRenderer.h>

namespace scaffold::viewer {

Overlay::Overlay(vtkRenderer* base)
    : base_(base),
      layer_(vtkSmartPointer<vtkRenderer>::New()),
      // The base may have been given another camera.
      before_picture_(base, [this] { layer_->SetActiveCamera(base_->GetActiveCamera()); }) {
  vtkRenderWindow* window = base_->GetRenderWindow();
  window->SetNumberOfLayers(2);
  layer_->SetLayer(1);
  layer_->InteractiveOff();
  layer_->SetActiveCamera(base_->GetActiveCamera());
  window->AddRenderer(layer_);
}

vtkRenderer* Overlay::renderer() const { return layer_; }

Overlay::~Overlay() {
  if (vtkRenderWindow* window = base_->GetRenderWindow()) window->RemoveRenderer(layer_);
}

}  // namespace scaffold::viewer
