// The window: GLFW, an OpenGL context, and ImGui's frame in it.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "app/input.hpp"
#include "scene/view.hpp"

struct GLFWwindow;

namespace scaffold::viewer {

class Window {
 public:
  /// SystemError when there is no display, or it has no OpenGL 3.2.
  Window(const std::string& title, int width, int height, bool visible);
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  GLFWwindow* handle() const { return window_; }
  bool closing() const;
  /// Waits for something to happen, at most `seconds`.
  void wait(double seconds);
  /// One frame: `draw` calls ImGui. With `input`, the user is that instead of mouse and keyboard, and 1/60 s
  /// passes.
  void frame(const std::function<void()>& draw, const Input* input = nullptr);
  /// Of the last frame.
  const Input& input() const { return input_; }
  /// Wakes wait() up, from any thread.
  static void wake();
  float scale() const { return scale_; }
  std::pair<int, int> size() const;
  /// What was drawn last.
  Image picture() const;
  /// Paths that were dropped on the window since the last call.
  std::vector<std::string> dropped();

 private:
  /// The key array of ImGui 1.86 has lost what was pressed and released between two frames: gives it back for
  /// one. Later ones have a queue of events.
  std::vector<int> recall_presses();
  /// ImGui's last frame.
  void paint() const;

  GLFWwindow* window_ = nullptr;
  // A hidden window's own pixels are nobody's: its frames go into this framebuffer.
  unsigned framebuffer_ = 0, color_ = 0;
  float scale_ = 1;
  Input input_;
  struct Press {
    int key = 0, modifiers = 0;
  };
  std::vector<Press> presses_;  ///< since the last frame
  std::vector<std::string> dropped_;
};

}  // namespace scaffold::viewer
