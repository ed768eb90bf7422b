// A VTK renderer that draws into a texture of the window's own OpenGL context, for ImGui to show.
#pragma once
#include <vtkSmartPointer.h>

#include <cstdint>
#include <vector>

class vtkGenericOpenGLRenderWindow;
class vtkRenderer;

namespace scaffold::viewer {

struct Image {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;  ///< top row first
};

class View {
 public:
  /// An OpenGL 3.2 context must be current, and stay so whenever the view is used.
  View();
  ~View();
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  vtkRenderer* renderer() const;
  /// The picture must be drawn again.
  void touch() { stale_ = true; }
  bool stale() const { return stale_; }
  /// While the view moves, scenes draw fast rather than fine (VTK's desired update rate).
  void set_moving(bool moving);
  /// Size of texts: 1 for 96 dots an inch.
  void set_text_scale(double scale);
  /// Draws at this size where something has changed; the texture that holds the picture (bottom row first).
  /// Framebuffer 0 is bound afterwards.
  unsigned texture(int width, int height);
  /// What the texture shows.
  Image picture() const;

 private:
  vtkSmartPointer<vtkGenericOpenGLRenderWindow> window_;
  vtkSmartPointer<vtkRenderer> renderer_;
  int width_ = 0, height_ = 0;
  bool stale_ = true;
};

}  // namespace scaffold::viewer
