// Curves in braille characters: eight dots a character.
#pragma once
#include <cstdint>
#include <vector>

#include "headless/watch/screen.hpp"
#include "report/chart.hpp"

namespace scaffold::watch {

/// Dots two a column and four a row, drawn as characters U+2800 to U+28FF.
class Braille {
 public:
  Braille(int columns, int rows);
  int width() const { return 2 * columns_; }  ///< in dots
  int height() const { return 4 * rows_; }
  /// Dot (0, 0) is at the top left; nothing happens outside.
  void set(int x, int y);
  /// All dots nearest to the line, ends included (Bresenham).
  void line(int x0, int y0, int x1, int y1);
  char32_t glyph(int column, int row) const;  ///< a space where no dot is set

 private:
  std::size_t cell(int column, int row) const;

  int columns_, rows_;
  std::vector<std::uint8_t> cells_;
};

/// As series_color() of a page has those with numbers; else the nearest of xterm's.
Color terminal_color(const ChartColor& color);

/// A title, numbers of `digits` decimals at the left edge, the target as a dotted line, and the curves, later
/// ones over earlier ones. Nothing where the box is too small.
void draw_plot(Screen& screen, const Box& box, const Chart& chart, int digits = 2);

}  // namespace scaffold::watch
