// An exception thrown while a window is drawn leaves things begun and not ended, at which ImGui would abort.
#pragma once
#include <imgui_internal.h>

namespace scaffold::viewer {

/// What is begun where this is made; unwind() ends everything that was begun since, innermost first.
class UiMark {
 public:
  UiMark();
  void unwind() const;

 private:
  ImGuiWindow* window_;
  ImGuiStackSizes sizes_;
  int windows_, tab_bars_, trees_, clips_, widths_, wraps_;
  float indent_;
};

}  // namespace scaffold::viewer
