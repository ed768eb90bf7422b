#include <algorithm>
#include <cmath>
#include <limits>

#include "core/text.hpp"
#include "report/svg_draw.hpp"

namespace scaffold::report {
namespace {

constexpr std::size_t max_bars = 120;  // so that a long run's bars stay wide enough to see

void draw_bars(Canvas& canvas, const ChartBars& bars, const Axis& x, const Axis& y, double width) {
  for (std::size_t i = 0; i < bars.x.size(); ++i) {
    double base = 0;
    for (const auto& part : bars.parts) {
      const double value = part.values[i], top = y(base + value), bottom = y(base);
      base += value;
      if (bottom - top < 0.05) continue;
      // A hair of ground between the parts keeps neighbors apart without any hue.
      const double gap = bottom - top > 2 ? 0.8 : 0;
      canvas.raw(cat(
          "<rect class=\"sc-bar ", color_class(part.color, 'f'), "\" x=\"",
          coordinate(x(bars.x[i]) - width / 2), "\" y=\"", coordinate(top), "\" width=\"", coordinate(width),
          "\" height=\"", coordinate(bottom - top - gap), "\" fill=\"", color_text(part.color), "\"><title>",
          escape_xml(cat(part.name, ", ", i < bars.names.size() ? bars.names[i] : value_label(bars.x[i]),
                         ": ", value_label(value))),
          "</title></rect>"));
    }
  }
}

double tallest(const ChartBars& bars) {
  double most = 0;
  for (std::size_t i = 0; i < bars.x.size(); ++i) most = std::max(most, bar_height(bars, i));
  return std::isfinite(most) && most > 0 ? most : 1;
}

}  // namespace

std::string svg_bars(const Chart& chart, const ChartBars& full, ChartSize size) {
  constexpr double all = std::numeric_limits<double>::infinity();
  const ChartBars bars = grouped_bars(full, -all, all, max_bars);
  const std::size_t group = (full.x.size() + max_bars - 1) / max_bars;
  std::vector<LegendEntry> legend;
  for (const auto& part : bars.parts) legend.push_back({part.name, part.color, false, false});
  Canvas canvas(size, chart.title, legend, 20);
  const bool empty = bars.x.empty();
  const double first = empty ? 0 : bars.x.front(), last = empty ? 1 : bars.x.back();
  const double spacing = bars.x.size() > 1 ? (last - first) / static_cast<double>(bars.x.size() - 1) : 1;
  const Axis x{first - spacing / 2, last + spacing / 2, canvas.left(), canvas.right(), false};
  const std::vector<double> y_ticks = nice_ticks(0, tallest(bars), 5);
  const Axis y{0, y_ticks.back(), canvas.bottom(), canvas.top(), false};
  canvas.y_axis(y, y_ticks, group > 1 ? cat(chart.y_label, " (mean of ", group, ")") : chart.y_label);
  const double slot =
      (canvas.right() - canvas.left()) / std::max<double>(1, static_cast<double>(bars.x.size()));
  draw_bars(canvas, bars, x, y, std::min(0.74 * slot, 64.0));
  std::vector<double> x_ticks;
  if (!bars.names.empty())
    x_ticks = bars.x;
  else if (!empty)
    for (const double tick : nice_ticks(first, last, 8, true))
      if (tick >= x.low && tick <= x.high) x_ticks.push_back(tick);
  canvas.x_axis(x, x_ticks, chart.x_label, bars.names);
  if (empty) canvas.remark(chart.empty);
  return canvas.finish();
}

}  // namespace scaffold::report
