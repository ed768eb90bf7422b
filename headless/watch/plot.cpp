#include "headless/watch/plot.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "core/text.hpp"

namespace scaffold::watch {
namespace {

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  void add(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  /// Never empty.
  void widen() {
    if (!(low <= high)) low = high = 0;
    if (low == high) {
      const double margin = low == 0 ? 1 : std::abs(low) * 0.1;
      low -= margin;
      high += margin;
    }
  }
  /// The dot of `value` among `dots`; values outside are put at the edge.
  int dot(double value, int dots) const {
    const double part = (value - low) / (high - low);
    return static_cast<int>(std::lround(std::clamp(part, 0.0, 1.0) * (dots - 1)));
  }
};

void draw_curve(Screen& screen, const Box& area, const Curve& curve, const Range& across, const Range& up) {
  Braille dots(area.width, area.height);
  bool joined = false;
  int x0 = 0, y0 = 0;
  for (const Point& point : curve.points) {
    const bool finite = std::isfinite(point.x) && std::isfinite(point.y);
    if (finite) {
      const int x = across.dot(point.x, dots.width());
      const int y = dots.height() - 1 - up.dot(point.y, dots.height());
      if (joined)
        dots.line(x0, y0, x, y);
      else
        dots.set(x, y);
      x0 = x, y0 = y;
    }
    joined = finite;
  }
  for (int row = 0; row < area.height; ++row)
    for (int column = 0; column < area.width; ++column)
      if (const char32_t glyph = dots.glyph(column, row); glyph != U' ') {
        const int x = area.x + column, y = area.y + row;
        if (x >= screen.columns() || y >= screen.rows()) continue;
        // Dots of an earlier curve in the same character stay, in the later one's color.
        const char32_t below = screen.at(x, y).glyph;
        screen.put(x, y, below >= 0x2800 && below <= 0x28ff ? below | glyph : glyph, {curve.color});
      }
}

}  // namespace

Braille::Braille(int columns, int rows)
    : columns_(std::max(columns, 0)),
      rows_(std::max(rows, 0)),
      cells_(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_)) {}

void Braille::set(int x, int y) {
  if (x < 0 || y < 0 || x >= width() || y >= height()) return;
  // Bits of Unicode's braille patterns: the first three rows were there before the fourth.
  static constexpr std::uint8_t bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
  cells_[static_cast<std::size_t>(y / 4 * columns_ + x / 2)] |= bits[y % 4][x % 2];
}

void Braille::line(int x0, int y0, int x1, int y1) {
  const int dx = std::abs(x1 - x0), dy = -std::abs(y1 - y0);
  const int sx = x0 < x1 ? 1 : -1, sy = y0 < y1 ? 1 : -1;
  for (int error = dx + dy;;) {
    set(x0, y0);
    if (x0 == x1 && y0 == y1) return;
    const int twice = 2 * error;
    if (twice >= dy) error += dy, x0 += sx;
    if (twice <= dx) error += dx, y0 += sy;
  }
}

char32_t Braille::glyph(int column, int row) const {
  const auto bits = cells_[static_cast<std::size_t>(row * columns_ + column)];
  return bits ? char32_t{0x2800} + bits : U' ';
}

void draw_plot(Screen& screen, const Box& box, const Plot& plot) {
  constexpr int gutter = 6;
  if (box.width < gutter + 4 || box.height < 2) return;
  screen.text(box.x, box.y, plot.title, {.bold = true}, box.width);
  const Box area{box.x + gutter, box.y + 1, box.width - gutter, box.height - 1};
  Range across, up;
  for (const Curve& curve : plot.curves)
    for (const Point& point : curve.points)
      if (std::isfinite(point.y)) across.add(point.x), up.add(point.y);
  if (!(across.low <= across.high)) {
    screen.text(area.x, area.y, "nothing yet", {244}, area.width);
    return;
  }
  if (plot.low < plot.high) up.add(plot.low), up.add(plot.high);
  if (plot.target >= 0) up.add(plot.target);
  across.widen();
  up.widen();
  if (plot.target >= 0) {
    Curve target{{}, 220};
    for (int x = 0; x < 2 * area.width; x += 3) {
      const double nothing = std::numeric_limits<double>::quiet_NaN();
      target.points.push_back(
          {across.low + (across.high - across.low) * x / (2 * area.width - 1), plot.target});
      target.points.push_back({nothing, nothing});
    }
    draw_curve(screen, area, target, across, up);
  }
  for (const Curve& curve : plot.curves) draw_curve(screen, area, curve, across, up);
  screen.text(box.x, area.y, fixed(up.high, plot.digits), {244}, gutter - 1);
  if (area.height > 1)
    screen.text(box.x, area.y + area.height - 1, fixed(up.low, plot.digits), {244}, gutter - 1);
}

}  // namespace scaffold::watch
