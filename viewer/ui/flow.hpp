// Rows of controls that break where there is no room.
#pragma once
#include <imgui.h>

#include <string>

#include "ui/theme.hpp"

namespace scaffold::viewer {

/// Continues the line where `width` still fits.
inline void same_line_if_room(float width) {
  ImGui::SameLine();
  if (ImGui::GetContentRegionAvail().x < width) ImGui::NewLine();
}

inline float button_width(const char* text) {
  return ImGui::CalcTextSize(text).x + 2 * ImGui::GetStyle().FramePadding.x;
}

/// `text`, or as much of it as fits into `width` with "…" behind it: a value that is cut must not look like
/// another one. `measure` is the width of a text.
template <class Measure>
std::string shortened(const std::string& text, float width, const Measure& measure) {
  if (measure(text) <= width) return text;
  std::size_t end = text.size();
  std::string cut;
  do {
    if (end > 0) --end;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) --end;  // inside a character
    cut = text.substr(0, end) + "…";
  } while (end > 0 && measure(cut) > width);
  return cut;
}

/// The end of `text` that fits into `width`, with "…" before it: of paths the ends tell.
inline std::string shortened_front(const std::string& text, float width) {
  std::size_t begin = 0;
  std::string shown = text;
  while (begin < text.size() && ImGui::CalcTextSize(shown.c_str()).x > width) {
    do ++begin;
    while (begin < text.size() && (static_cast<unsigned char>(text[begin]) & 0xC0U) == 0x80);
    shown = "…" + text.substr(begin);
  }
  return shown;
}

inline bool fits(const std::string& text, float width) {
  return ImGui::CalcTextSize(text.c_str()).x <= width;
}

/// One line of text in `width`; the mouse over it sees what did not fit.
inline void line_within(const std::string& text, float width) {
  const std::string shown =
      shortened(text, width, [](const std::string& part) { return ImGui::CalcTextSize(part.c_str()).x; });
  ImGui::TextUnformatted(shown.c_str());
  if (shown != text && ImGui::IsItemHovered()) ImGui::SetTooltip("%s", text.c_str());
}

/// As many lines as it takes.
inline void wrapped(Rgb color, const std::string& text) {
  ImGui::PushStyleColor(ImGuiCol_Text, vec4(color));
  ImGui::TextWrapped("%s", text.c_str());
  ImGui::PopStyleColor();
}

}  // namespace scaffold::viewer
