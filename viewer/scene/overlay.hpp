// A second layer of a view, drawn over the first with the same camera: for texts that nothing may hide.
#pragma once
#include <vtkSmartPointer.h>

#include "scene/before_picture.hpp"

class vtkRenderer;

namespace scaffold::viewer {

class Overlay {
 public:
  /// `base` must be in its window already.
  explicit Overlay(vtkRenderer* base);
  ~Overlay();
  Overlay(const Overlay&) = delete;
  Overlay& operator=(const Overlay&) = delete;
  vtkRenderer* renderer() const;

 private:
  vtkRenderer* base_;
  vtkSmartPointer<vtkRenderer> layer_;
  BeforePicture before_picture_;
};

}  // namespace scaffold::viewer
