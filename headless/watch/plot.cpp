#include "headless/watch/plot.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <limits>

#include "core/text.hpp"

namespace scaffold::watch {
namespace {}  // namespace

Color terminal_color(const ChartColor& color) {
  constexpr Color numbered[] = {39, 208, 40, 175, 214, 117, 244, 220};
  if (const int* number = std::get_if<int>(&color))
    return numbered[static_cast<std::size_t>(*number) % std::size(numbered)];
  // The nearest of xterm's 6 x 6 x 6 colors.
  const Rgb& own = std::get<Rgb>(color);
  const auto level = [](float part) { return static_cast<int>(std::lround(5 * std::clamp(part, 0.f, 1.f))); };
  return static_cast<Color>(16 + 36 * level(own.r) + 6 * level(own.g) + level(own.b));
}

namespace {

/// Never empty, and of some height.
Interval widened(Interval span) {
  if (span.empty()) span = {0, 0};
  if (span.low == span.high) {
    const double margin = span.low == 0 ? 1 : std::abs(span.low) * 0.1;
    span.low -= margin;
    span.high += margin;
  }
  return span;
}

/// The dot of `value` among `dots`; values outside are put at the edge.
int dot(const Interval& span, double value, int dots) {
  return static_cast<int>(
      std::lround(std::clamp(share_of(value, span.low, span.high, false), 0.0, 1.0) * (dots - 1)));
}

void draw_curve(Screen& screen, const Box& area, const Chart& chart, const ChartSeries& series,
                const Interval& across, const Interval& up, Color color) {
  Braille dots(area.width, area.height);
  bool joined = false;
  int x0 = 0, y0 = 0;
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    const bool shown = drawable(chart, series.x[i], series.y[i]);
    if (shown) {
      const int x = dot(across, series.x[i], dots.width());
      const int y = dots.height() - 1 - dot(up, series.y[i], dots.height());
      if (joined)
        dots.line(x0, y0, x, y);
      else
        dots.set(x, y);
      x0 = x, y0 = y;
    }
    joined = shown;
  }
  for (int row = 0; row < area.height; ++row)
    for (int column = 0; column < area.width; ++column)
      if (const char32_t glyph = dots.glyph(column, row); glyph != U' ') {
        const int x = area.x + column, y = area.y + row;
        if (x >= screen.columns() || y >= screen.rows()) continue;
        // Dots of an earlier curve in the same character stay, in the later one's color.
        const char32_t below = screen.at(x, y).glyph;
        screen.put(x, y, below >= 0x2800 && below <= 0x28ff ? below | glyph : glyph, {color});
      }
}

}  // namespace

Braille::Braille(int columns, int rows)
    : columns_(std::max(columns, 0)),
      rows_(std::max(rows, 0)),
      cells_(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_)) {}

std::size_t Braille::cell(int column, int row) const {
  return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
         static_cast<std::size_t>(column);
}

void Braille::set(int x, int y) {
  if (x < 0 || y < 0 || x >= width() || y >= height()) return;
  // Bits of Unicode's braille patterns: the first three rows were there before the fourth.
  static constexpr std::uint8_t bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
  cells_[cell(x / 2, y / 4)] |= bits[y % 4][x % 2];
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
  const auto bits = cells_[cell(column, row)];
  return bits ? char32_t{0x2800} + bits : U' ';
}

void draw_plot(Screen& screen, const Box& box, const Chart& chart, int digits) {
  constexpr int gutter = 6;
  constexpr Color faint = 244, target_color = 220;
  if (box.width < gutter + 4 || box.height < 2) return;
  screen.text(box.x, box.y, chart.title, {.bold = true}, box.width);
  int after_title = box.x + static_cast<int>(chart.title.size());
  for (const ChartSeries& series : chart.series) {  // named in their colors, as far as there is room
    const int width = series.name.empty() ? 0 : static_cast<int>(series.name.size()) + 2;
    if (after_title + width > box.x + box.width) break;
    if (width > 0) screen.text(after_title + 2, box.y, series.name, {terminal_color(series.color)});
    after_title += width;
  }
  const Box area{box.x + gutter, box.y + 1, box.width - gutter, box.height - 1};
  auto [xs, ys] = extent(chart);
  if (xs.empty()) {
    screen.text(area.x, area.y, chart.empty, {faint}, area.width);
    return;
  }
  const bool target = chart.target && drawable(chart, 0, *chart.target);
  for (const auto& bound : {chart.y_low, chart.y_high})
    if (bound) ys.cover(*bound);
  if (target) ys.cover(*chart.target);
  const Interval across = widened(xs), up = widened(ys);
  if (target) {
    ChartSeries dotted;
    for (int x = 0; x < 2 * area.width; x += 3)
      for (const double y : {*chart.target, std::numeric_limits<double>::quiet_NaN()}) {
        dotted.x.push_back(value_at(x / (2.0 * area.width - 1), across.low, across.high, false));
        dotted.y.push_back(y);
      }
    draw_curve(screen, area, chart, dotted, across, up, target_color);
  }
  for (const ChartSeries& series : chart.series)
    draw_curve(screen, area, chart, series, across, up, terminal_color(series.color));
  screen.text(box.x, area.y, fixed(up.high, digits), {faint}, gutter - 1);
  if (area.height > 1)
    screen.text(box.x, area.y + area.height - 1, fixed(up.low, digits), {faint}, gutter - 1);
}

}  // namespace scaffold::watch
