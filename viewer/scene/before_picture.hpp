// Something done before a renderer draws, in the order in which it was asked for.
#pragma once
#include <functional>

class vtkRenderer;

namespace scaffold::viewer {

class BeforePicture {
 public:
  /// The renderer must outlive this.
  BeforePicture(vtkRenderer* renderer, std::function<void()> act);
  ~BeforePicture();
  BeforePicture(const BeforePicture&) = delete;
  BeforePicture& operator=(const BeforePicture&) = delete;

 private:
  vtkRenderer* renderer_;
  std::function<void()> act_;
  unsigned long observer_;
};

}  // namespace scaffold::viewer
