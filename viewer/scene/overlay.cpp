#include "scene/overlay.hpp"

#include <vtkCallbackCommand.h>
#include <vtkRenderWindow.h>
#include <vtkRenderer.h>

namespace scaffold::viewer {

Overlay::Overlay(vtkRenderer* base) : base_(base), layer_(vtkSmartPointer<vtkRenderer>::New()) {
  vtkRenderWindow* window = base_->GetRenderWindow();
  window->SetNumberOfLayers(2);
  layer_->SetLayer(1);
  layer_->InteractiveOff();
  layer_->SetActiveCamera(base_->GetActiveCamera());
  window->AddRenderer(layer_);
  // The base may have been given another camera.
  auto callback = vtkSmartPointer<vtkCallbackCommand>::New();
  callback->SetClientData(this);
  callback->SetCallback([](vtkObject*, unsigned long, void* self, void*) {
    auto* overlay = static_cast<Overlay*>(self);
    overlay->layer_->SetActiveCamera(overlay->base_->GetActiveCamera());
  });
  observer_ = base_->AddObserver(vtkCommand::StartEvent, callback);
}

vtkRenderer* Overlay::renderer() const { return layer_; }

Overlay::~Overlay() {
  base_->RemoveObserver(observer_);
  if (vtkRenderWindow* window = base_->GetRenderWindow()) window->RemoveRenderer(layer_);
}

}  // namespace scaffold::viewer
