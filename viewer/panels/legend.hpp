// What the colors of pictures stand for: over a corner of one, or in rows below several.
#pragma once
#include <string>
#include <vector>

#include "ui/theme.hpp"

namespace scaffold::viewer {

/// A color and what it stands for.
struct LegendEntry {
  Rgb color;
  std::string text;
};

/// In a corner of the picture between `low` and `high`, the upper left or upper right one.
void draw_legend(const std::vector<LegendEntry>& entries, ImVec2 low, ImVec2 high, bool right,
                 const Theme& theme);

/// In as many rows of `width` as it takes.
class LegendRows {
 public:
  LegendRows(const std::vector<LegendEntry>& entries, float width);

  /// Of all rows with the space below them.
  float height() const;
  /// On the theme's ground, as an ImGui item; beginning at `left` where there is room for that.
  void draw(float left, const Theme& theme) const;

 private:
  float width_, widest_ = 0;
  std::vector<std::vector<LegendEntry>> rows_;
};

}  // namespace scaffold::viewer
