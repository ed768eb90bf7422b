// Braille dots against pictures drawn dot by dot.
#include <rapidcheck.h>

#include <cmath>
#include <cstdlib>
#include <set>
#include <string>

#include "catch.hpp"
#include "headless/watch/plot.hpp"

using namespace scaffold;
using namespace scaffold::watch;

namespace {

using Dots = std::set<std::pair<int, int>>;

/// The dots of a character, from Unicode's numbering: dots 1 2 3 7 down the left, 4 5 6 8 down the right.
Dots dots_of(char32_t glyph) {
  static constexpr int numbers[4][2] = {{1, 4}, {2, 5}, {3, 6}, {7, 8}};
  Dots dots;
  if (glyph == U' ') return dots;
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 2; ++x)
      if ((glyph - 0x2800) >> (numbers[y][x] - 1) & 1) dots.insert({x, y});
  return dots;
}

Dots dots_of(const Braille& plot, int columns, int rows) {
  Dots all;
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column)
      for (const auto& [x, y] : dots_of(plot.glyph(column, row))) all.insert({2 * column + x, 4 * row + y});
  return all;
}

}  // namespace

TEST_CASE("Dots are where they were set") {
  rc::check([] {
    const int columns = *rc::gen::inRange(1, 20), rows = *rc::gen::inRange(1, 10);
    Braille plot(columns, rows);
    Dots expected;
    for (int i = *rc::gen::inRange(0, 60); i > 0; --i) {
      const int x = *rc::gen::inRange(-3, 2 * columns + 3), y = *rc::gen::inRange(-3, 4 * rows + 3);
      plot.set(x, y);
      if (x >= 0 && x < 2 * columns && y >= 0 && y < 4 * rows) expected.insert({x, y});
    }
    RC_ASSERT(dots_of(plot, columns, rows) == expected);
  });
}

TEST_CASE("A line has one dot a column or row, none further than half a dot from it") {
  rc::check([] {
    const int columns = 30, rows = 12;
    const int x0 = *rc::gen::inRange(0, 60), y0 = *rc::gen::inRange(0, 48), x1 = *rc::gen::inRange(0, 60),
              y1 = *rc::gen::inRange(0, 48);
    Braille plot(columns, rows);
    plot.line(x0, y0, x1, y1);
    const Dots dots = dots_of(plot, columns, rows);
    const int dx = std::abs(x1 - x0), dy = std::abs(y1 - y0), length = std::max(dx, dy);
    RC_ASSERT(dots.size() == static_cast<std::size_t>(length) + 1);
    RC_ASSERT(dots.count({x0, y0}) == 1u);
    RC_ASSERT(dots.count({x1, y1}) == 1u);
    for (const auto& [x, y] : dots) {
      if (length == 0) continue;
      const double t = dx >= dy ? double(x - x0) / (x1 - x0) : double(y - y0) / (y1 - y0);
      const double off = dx >= dy ? y - (y0 + t * (y1 - y0)) : x - (x0 + t * (x1 - x0));
      RC_ASSERT(std::abs(off) <= 0.5 + 1e-9);
    }
  });
}

TEST_CASE("A curve touches each column once, as high as its values") {
  const int width = 40, height = 8;
  Screen screen(width, height);
  Chart chart;
  chart.title = "y";
  chart.y_low = 0;
  chart.y_high = 1;
  ChartSeries& curve = chart.series.emplace_back();
  const int dots_across = 2 * (width - 6), dots_up = 4 * (height - 1);
  for (int i = 0; i < dots_across; ++i) {
    curve.x.push_back(i);
    curve.y.push_back(0.5 + 0.5 * std::sin(0.02 * i * i / 10.0));
  }
  draw_plot(screen, {0, 0, width, height}, chart);
  for (int i = 0; i < dots_across; ++i) {
    const int expected = dots_up - 1 - static_cast<int>(std::lround(curve.y[std::size_t(i)] * (dots_up - 1)));
    const int x = i, y = expected;
    const auto dots = dots_of(screen.at(6 + x / 2, 1 + y / 4).glyph);
    INFO("dot " << x << " " << y);
    CHECK(dots.count({x % 2, y % 4}) == 1u);
  }
}

TEST_CASE("Hostile curves and boxes draw nothing outside") {
  const double nan = std::nan(""), infinite = INFINITY;
  rc::check([&] {
    Screen screen(40, 12);
    Chart chart;
    chart.title = "title";
    chart.target = *rc::gen::element(-1.0, 0.0, 1e300, nan);
    ChartSeries& curve = chart.series.emplace_back();
    for (int i = *rc::gen::inRange(0, 20); i > 0; --i) {
      curve.x.push_back(*rc::gen::element(0.0, 1.0, -1e299, 1e299, 1e300, nan, infinite, -infinite));
      curve.y.push_back(*rc::gen::element(0.0, 2.0, -1e299, 1e299, 1e300, nan, infinite, -infinite));
    }
    const Box box{*rc::gen::inRange(0, 30), *rc::gen::inRange(0, 10), *rc::gen::inRange(0, 20),
                  *rc::gen::inRange(0, 8)};
    draw_plot(screen, box, chart);
    for (int y = 0; y < 12; ++y)
      for (int x = 0; x < 40; ++x)
        if (x < box.x || x >= box.x + box.width || y < box.y || y >= box.y + box.height)
          RC_ASSERT(screen.at(x, y) == Cell{});
  });
}
