#include "scene/view.hpp"

#include <vtkGenericOpenGLRenderWindow.h>
#include <vtkOpenGLFramebufferObject.h>
#include <vtkRenderer.h>
#include <vtkTextureObject.h>
#include <vtkUnsignedCharArray.h>
#include <vtk_glew.h>

#include <algorithm>
#include <cmath>

namespace scaffold::viewer {

View::View()
    : window_(vtkSmartPointer<vtkGenericOpenGLRenderWindow>::New()),
      renderer_(vtkSmartPointer<vtkRenderer>::New()) {
  window_->SetOwnContext(false);
  window_->SetMultiSamples(0);
  window_->AddRenderer(renderer_);
  window_->SetReadyForRendering(true);
  window_->SetIsCurrent(true);
  window_->SetMapped(true);
  window_->OpenGLInit();
  set_moving(false);
  set_text_scale(1);
}

View::~View() { window_->Finalize(); }
vtkRenderer* View::renderer() const { return renderer_; }

void View::set_moving(bool moving) {
  window_->SetDesiredUpdateRate(moving ? 30 : 0.0001);
  stale_ = true;
}

void View::set_text_scale(double scale) {
  const int dots = static_cast<int>(std::lround(72 * scale));
  if (dots == window_->GetDPI()) return;
  window_->SetDPI(dots);
  stale_ = true;
}

unsigned View::texture(int width, int height) {
  if (width != width_ || height != height_) {
    width_ = width;
    height_ = height;
    window_->SetSize(width, height);
    stale_ = true;
  }
  if (stale_) {
    window_->Render();
    stale_ = false;
    glBindFramebuffer(GL_FRAMEBUFFER, 0);
  }
  return window_->GetDisplayFramebuffer()->GetColorAttachmentAsTextureObject(0)->GetHandle();
}

Image View::picture() const {
  Image image{width_, height_, {}};
  const auto pixels = vtkSmartPointer<vtkUnsignedCharArray>::New();
  window_->GetPixelData(0, 0, width_ - 1, height_ - 1, /*front=*/1, pixels.Get(), 0);
  glBindFramebuffer(GL_FRAMEBUFFER, 0);
  image.rgb.resize(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_) * 3);
  for (int row = 0; row < height_; ++row)
    std::copy_n(pixels->GetPointer(3 * static_cast<vtkIdType>(height_ - 1 - row) * width_), 3 * width_,
                image.rgb.begin() + 3 * static_cast<std::ptrdiff_t>(row) * width_);
  return image;
}

}  // namespace scaffold::viewer
