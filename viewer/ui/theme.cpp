#include "ui/theme.hpp"

#include <cmath>

#include "scene/font.hpp"

namespace scaffold::viewer {

ImU32 Theme::u32(Rgb color, float alpha) const { return ImGui::ColorConvertFloat4ToU32(vec4(color, alpha)); }

Theme dark_theme() {
  Theme theme;
  theme.dark = true;
  theme.scene = {0.075f, 0.08f, 0.095f};
  theme.empty = {0.045f, 0.05f, 0.06f};
  theme.text = {0.90f, 0.91f, 0.93f};
  theme.faint = {0.55f, 0.57f, 0.62f};
  theme.good = {0.34f, 0.71f, 0.91f};
  theme.bad = {0.94f, 0.50f, 0.20f};
  theme.accent = {0.34f, 0.71f, 0.91f};
  return theme;
}

Theme light_theme() {
  Theme theme;
  theme.dark = false;
  theme.scene = {1, 1, 1};
  theme.empty = {0.97f, 0.97f, 0.98f};
  theme.text = {0.10f, 0.11f, 0.13f};
  theme.faint = {0.42f, 0.44f, 0.48f};
  theme.good = {0.00f, 0.45f, 0.70f};
  theme.bad = {0.80f, 0.33f, 0.00f};
  theme.accent = {0.00f, 0.45f, 0.70f};
  return theme;
}

void apply(const Theme& theme, float scale) {
  ImGuiStyle style;
  theme.dark ? ImGui::StyleColorsDark(&style) : ImGui::StyleColorsLight(&style);
  style.FrameRounding = style.GrabRounding = style.TabRounding = 3;
  style.WindowRounding = 5;
  style.ChildRounding = 3;
  style.WindowPadding = {10, 8};
  style.FramePadding = {6, 3};
  style.ItemSpacing = {7, 5};
  style.ScrollbarSize = 13;
  auto* colors = style.Colors;
  colors[ImGuiCol_Text] = vec4(theme.text);
  colors[ImGuiCol_TextDisabled] = vec4(theme.faint);
  colors[ImGuiCol_PlotHistogram] = vec4(theme.accent, 0.45f);  // progress: its text is read through it
  if (theme.dark) {
    colors[ImGuiCol_WindowBg] = {0.105f, 0.11f, 0.125f, 1};
    colors[ImGuiCol_PopupBg] = {0.13f, 0.135f, 0.15f, 0.98f};
    colors[ImGuiCol_FrameBg] = {0.19f, 0.20f, 0.23f, 1};
    // A slider's number is read through its grab.
    colors[ImGuiCol_SliderGrab] = {0.15f, 0.36f, 0.60f, 1};
    colors[ImGuiCol_SliderGrabActive] = {0.17f, 0.43f, 0.72f, 1};
  } else {
    colors[ImGuiCol_WindowBg] = {0.955f, 0.957f, 0.965f, 1};
    colors[ImGuiCol_FrameBg] = {1, 1, 1, 1};
    colors[ImGuiCol_SliderGrab] = {0.62f, 0.79f, 0.95f, 1};
    colors[ImGuiCol_SliderGrabActive] = {0.50f, 0.72f, 0.93f, 1};
    style.FrameBorderSize = 1;
    colors[ImGuiCol_Border] = {0.75f, 0.76f, 0.79f, 1};
  }
  // A slider's number stands on its grab.
  colors[ImGuiCol_SliderGrab] = vec4(theme.accent, 0.4f);
  colors[ImGuiCol_SliderGrabActive] = vec4(theme.accent, 0.6f);
  style.ScaleAllSizes(scale);
  ImGui::GetStyle() = style;
}

void load_font(float scale) {
  static const ImWchar ranges[] = {0x20,   0x17F,  0x370,  0x3FF,  0x2010, 0x2027, 0x2030, 0x205E, 0x2070,
                                   0x209F, 0x2190, 0x21FF, 0x2200, 0x22FF, 0x25A0, 0x25FF, 0};
  if (const std::string path = readable_font();
      !path.empty() &&
      ImGui::GetIO().Fonts->AddFontFromFileTTF(path.c_str(), std::round(15 * scale), nullptr, ranges))
    return;
  ImFontConfig config;
  config.SizePixels = std::round(14 * scale);
  ImGui::GetIO().Fonts->AddFontDefault(&config);
}

}  // namespace scaffold::viewer
