// Colors and sizes of the whole window; light and dark.
#pragma once
#include <imgui.h>

#include "scene/colors.hpp"

namespace scaffold::viewer {

struct Theme {
  bool dark = true;
  Rgb scene;        ///< behind the 3D view
  Rgb empty;        ///< background voxels of a slice
  Rgb text, faint;  ///< text; grid lines and secondary text
  Rgb good, bad;    ///< accepted, rejected; distinct to color-blind eyes
  Rgb accent;       ///< what is chosen
  ImU32 u32(Rgb color, float alpha = 1) const;
};
Theme dark_theme();
Theme light_theme();

/// Sets ImGui's colors and sizes; `scale`: of the monitor (1: 96 dots an inch).
void apply(const Theme& theme, float scale);
/// Loads scene/font.hpp's font (ImGui's own as the last resort) at 15 · scale pixels. Before the first frame.
void load_font(float scale);

inline ImVec4 vec4(Rgb c, float alpha = 1) { return {c.r, c.g, c.b, alpha}; }

}  // namespace scaffold::viewer
