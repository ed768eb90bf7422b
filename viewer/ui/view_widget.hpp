// A 3D view as an ImGui item: the mouse moves its camera.
#pragma once
#include <optional>

#include "scene/view.hpp"
#include "ui/context.hpp"

namespace scaffold::viewer {

class ViewWidget {
 public:
  View& view() { return view_; }
  vtkRenderer* renderer() const { return view_.renderer(); }

  /// Draws into `size` and lets the mouse act: drag turns, right, middle or Shift drag shifts, the wheel
  /// comes nearer, as in ParaView. `tag` names it for scripts. True when the camera moved in this frame.
  bool draw(const std::string& tag, ImVec2 size, Context& context);
  /// A button is held that turns or shifts, or the wheel has just turned: draw fast rather than fine.
  bool moving() const { return moving_; }
  /// The mouse in pixels of the picture from its upper left corner, while it is over the view.
  std::optional<ImVec2> mouse() const { return mouse_; }
  /// Clicked with the left button without having moved.
  bool clicked() const { return clicked_; }
  ImVec2 size() const { return size_; }

 private:
  bool take_mouse(ImVec2 size);

  View view_;
  ImVec2 size_{};
  std::optional<ImVec2> mouse_;
  bool moving_ = false, clicked_ = false;
  double wheel_until_ = 0;
  float dragged_ = 0;
};

/// For ImGui::Image.
inline ImTextureID texture_id(unsigned texture) { return ImTextureID(static_cast<std::intptr_t>(texture)); }

/// Draws a view's texture into the current window, from the share `from` of its width to its right end.
/// Without blending: where VTK drew text, its picture is not opaque.
void add_picture(unsigned texture, ImVec2 low, ImVec2 high, float from = 0);

}  // namespace scaffold::viewer
