// Rows of controls that break where there is no room.
#pragma once
#include <imgui.h>

namespace scaffold::viewer {

/// Continues the line where `width` still fits.
inline void same_line_if_room(float width) {
  ImGui::SameLine();
  if (ImGui::GetContentRegionAvail().x < width) ImGui::NewLine();
}

inline float button_width(const char* text) {
  return ImGui::CalcTextSize(text).x + 2 * ImGui::GetStyle().FramePadding.x;
}

}  // namespace scaffold::viewer
