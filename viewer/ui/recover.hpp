// An exception thrown while a window is drawn leaves things begun and not ended, at which ImGui would abort.
#pragma once
#include <imgui_internal.h>

namespace scaffold::viewer {

/// How many of each are begun; ImGui's own record of that has another name in each of its versions.
struct UiDepths {
  int ids, groups, disabled, item_flags, focus_scopes, fonts, colors, style_vars;
};

/// What is begun where this is made; unwind() ends everything that was begun since, innermost first.
class UiMark {
 public:
  UiMark();
  void unwind() const;

 private:
  ImGuiWindow* window_;
  UiDepths depths_;
  int windows_, tab_bars_, trees_, clips_, widths_, wraps_;
  float indent_;
};

}  // namespace scaffold::viewer
