// Curves in braille characters: eight dots a character.
#pragma once
#include <string>
#include <vector>

#include "headless/watch/screen.hpp"

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
  int columns_, rows_;
  std::vector<std::uint8_t> cells_;
};

struct Point {
  double x = 0, y = 0;
};
/// Points that are not finite are left out, and the line is broken there.
struct Curve {
  std::vector<Point> points;
  Color color = plain;
};
struct Plot {
  std::string title;
  std::vector<Curve> curves;  ///< later ones over earlier ones
  double target = -1;         ///< a dotted line across; negative: none
  double low = 0, high = 0;   ///< the axis at least; equal: what the curves span
  int digits = 2;             ///< of the numbers at the axis
};

/// A title, numbers at the left edge and the curves. Nothing where the box is too small.
void draw_plot(Screen& screen, const Box& box, const Plot& plot);

}  // namespace scaffold::watch
