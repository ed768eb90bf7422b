#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "report/svg_chart.hpp"
#include "report/svg_draw.hpp"

namespace scaffold {
namespace {

using report::Axis;
using report::Canvas;
using report::coordinate;

constexpr std::size_t max_bars = 120;

double height_of(double value) { return std::isfinite(value) && value > 0 ? value : 0; }

/// Means of `group` bars each, so that a long run's bars stay wide enough to see.
StackedBars grouped(const StackedBars& chart, std::size_t group) {
  StackedBars result = chart;
  if (group > 1) result.names.clear();
  if (group > 1) result.y_label += cat(" (mean of ", group, ")");
  const auto mean = [&](const std::vector<double>& values) {
    std::vector<double> means;
    for (std::size_t i = 0; i < values.size(); i += group) {
      const std::size_t end = std::min(i + group, values.size());
      double sum = 0;
      for (std::size_t k = i; k < end; ++k) sum += height_of(values[k]);
      means.push_back(sum / static_cast<double>(end - i));
    }
    return means;
  };
  result.x = mean(chart.x);
  for (auto& part : result.parts) part.values = mean(part.values);
  return result;
}

void draw_bars(Canvas& canvas, const StackedBars& chart, const Axis& x, const Axis& y, double width) {
  for (std::size_t i = 0; i < chart.x.size(); ++i) {
    double base = 0;
    for (const auto& part : chart.parts) {
      const double value = i < part.values.size() ? height_of(part.values[i]) : 0;
      const double top = y(base + value), bottom = y(base);
      base += value;
      if (bottom - top < 0.05) continue;
      // A hair of ground between the parts keeps neighbors apart without any hue.
      const double gap = bottom - top > 2 ? 0.8 : 0;
      canvas.raw(cat("<rect class=\"sc-bar sc-f", part.color, "\" x=\"",
                     coordinate(x(chart.x[i]) - width / 2), "\" y=\"", coordinate(top), "\" width=\"",
                     coordinate(width), "\" height=\"", coordinate(bottom - top - gap), "\" fill=\"",
                     palette_color(part.color), "\"><title>",
                     escape_xml(cat(part.name, ", ",
                                    i < chart.names.size() ? chart.names[i] : report::value_label(chart.x[i]),
                                    ": ", report::value_label(value))),
                     "</title></rect>"));
    }
  }
}

double tallest(const StackedBars& chart) {
  double most = 0;
  for (std::size_t i = 0; i < chart.x.size(); ++i) {
    double sum = 0;
    for (const auto& part : chart.parts) sum += i < part.values.size() ? height_of(part.values[i]) : 0;
    most = std::max(most, sum);
  }
  return std::isfinite(most) && most > 0 ? most : 1;
}

}  // namespace

std::string svg(const StackedBars& full) {
  const StackedBars chart = grouped(full, (full.x.size() + max_bars - 1) / max_bars);
  std::vector<report::LegendEntry> legend;
  for (const auto& part : chart.parts) legend.push_back({part.name, part.color, false, false});
  Canvas canvas(chart.width, chart.height, chart.title, legend, 20);
  const bool empty = chart.x.empty();
  const double first = empty ? 0 : chart.x.front(), last = empty ? 1 : chart.x.back();
  const double spacing = chart.x.size() > 1 ? (last - first) / static_cast<double>(chart.x.size() - 1) : 1;
  const Axis x{first - spacing / 2, last + spacing / 2, canvas.left(), canvas.right(), false};
  const std::vector<double> y_ticks = nice_ticks(0, tallest(chart), 5);
  const Axis y{0, y_ticks.back(), canvas.bottom(), canvas.top(), false};
  canvas.y_axis(y, y_ticks, chart.y_label);
  const double slot =
      (canvas.right() - canvas.left()) / std::max<double>(1, static_cast<double>(chart.x.size()));
  draw_bars(canvas, chart, x, y, std::min(0.74 * slot, 64.0));
  std::vector<double> x_ticks;
  if (!chart.names.empty())
    x_ticks = chart.x;
  else if (!empty)
    for (const double tick : nice_ticks(first, last, 8, true))
      if (tick >= x.low && tick <= x.high) x_ticks.push_back(tick);
  canvas.x_axis(x, x_ticks, chart.x_label, chart.names);
  if (empty) canvas.no_data();
  return canvas.finish();
}

}  // namespace scaffold
