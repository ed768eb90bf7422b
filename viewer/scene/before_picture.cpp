#include "scene/before_picture.hpp"

#include <vtkCallbackCommand.h>
#include <vtkRenderer.h>
#include <vtkSmartPointer.h>

#include <utility>

namespace scaffold::viewer {

BeforePicture::BeforePicture(vtkRenderer* renderer, std::function<void()> act)
    : renderer_(renderer), act_(std::move(act)) {
  auto callback = vtkSmartPointer<vtkCallbackCommand>::New();
  callback->SetClientData(this);
  callback->SetCallback(
      [](vtkObject*, unsigned long, void* self, void*) { static_cast<BeforePicture*>(self)->act_(); });
  observer_ = renderer_->AddObserver(vtkCommand::StartEvent, callback);
}

BeforePicture::~BeforePicture() { renderer_->RemoveObserver(observer_); }

}  // namespace scaffold::viewer
