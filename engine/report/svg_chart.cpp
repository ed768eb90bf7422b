#include "report/svg_chart.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/text.hpp"
#include "report/svg_draw.hpp"

namespace scaffold {
namespace {

using report::Axis;
using report::Canvas;
using report::color_class;
using report::color_text;
using report::coordinate;

constexpr std::size_t max_markers = 30;  // beyond it they show only under the pointer
constexpr std::size_t max_tooltips = 500;

Axis x_scale(const Canvas& canvas, const Chart& chart, Interval xs) {
  if (chart.log_x) xs = {std::log10(xs.low), std::log10(xs.high)};
  // Half an epoch of air either side, less when there are many.
  const double air = std::min(0.5, 0.02 * (xs.high - xs.low) + (xs.low == xs.high ? 0.5 : 0.1));
  return {xs.low - air, xs.high + air, canvas.left(), canvas.right(), chart.log_x};
}

Axis y_scale(const Canvas& canvas, const Chart& chart, Interval ys, std::vector<double>& ticks) {
  if (ys.low == ys.high) {
    // A single value sits in the middle of its axis.
    const double value = ys.low, air = value == 0 ? 1 : std::abs(value) / 2;
    ys.cover(value - air);
    ys.cover(value + air);
  }
  ticks = chart.log_y ? log_ticks(ys.low, ys.high) : nice_ticks(ys.low, ys.high, 5);
  if (!ticks.empty()) {
    ys.cover(ticks.front());
    ys.cover(ticks.back());
  }
  const auto scale = [&](double v) { return chart.log_y ? std::log10(v) : v; };
  return {scale(ys.low), scale(ys.high), canvas.bottom(), canvas.top(), chart.log_y};
}

/// Every x at which there is a point, as far as their labels have room.
std::vector<double> distinct_x(const Chart& chart, const Axis& x) {
  std::set<double> values;
  for (const auto& series : chart.series)
    for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i)
      if (drawable(chart, series.x[i], series.y[i])) values.insert(series.x[i]);
  std::vector<double> ticks;
  for (const double value : values)
    if (ticks.empty() || x(value) - x(ticks.back()) >= 10 + report::text_width(tick_label(value)))
      ticks.push_back(value);
  return ticks;
}

void draw_series(Canvas& canvas, const Chart& chart, const ChartSeries& series, const Axis& x,
                 const Axis& y) {
  const std::size_t n = std::min(series.x.size(), series.y.size());
  const std::string color = color_text(series.color), fill = color_class(series.color, 'f');
  std::string path, dots;
  bool pen_down = false;
  for (std::size_t i = 0; i < n; ++i) {
    if (!drawable(chart, series.x[i], series.y[i])) {
      pen_down = false;
      continue;
    }
    const std::string px = coordinate(x(series.x[i])), py = coordinate(y(series.y[i]));
    // A length of zero shows a point between two gaps, by its round cap.
    path += pen_down ? cat("L", px, " ", py) : cat("M", px, " ", py, "h0");
    pen_down = true;
    if (n <= max_tooltips)
      dots +=
          cat("<circle class=\"", n <= max_markers ? "sc-dot" : "sc-hit", " sc-ring ", fill, "\" cx=\"", px,
              "\" cy=\"", py, "\" r=\"", n <= 12 ? "4" : "3.2", "\" fill=\"", color, "\" stroke=\"#ffffff\"",
              n <= max_markers ? "" : " opacity=\"0\"", "><title>",
              escape_xml(cat(series.name, ", ", value_label(series.x[i]), ": ", y_text(chart, series.y[i]))),
              "</title></circle>");
  }
  if (path.empty()) return;
  canvas.raw(cat("<path class=\"", color_class(series.color, 's'), "\" d=\"", path,
                 "\" fill=\"none\" stroke=\"", color,
                 "\" stroke-width=\"2\" stroke-linejoin=\"round\" stroke-linecap=\"round\"",
                 series.dashed ? " stroke-dasharray=\"6 4\"" : "", "/>", dots));
}

std::vector<report::LegendEntry> legend_of(const Chart& chart) {
  std::vector<report::LegendEntry> entries;
  if (chart.series.size() > 1)  // the title names a single curve
    for (const auto& series : chart.series)
      if (series.in_legend) entries.push_back({series.name, series.color, true, series.dashed});
  return entries;
}

}  // namespace

namespace report {

std::string svg_lines(const Chart& chart, ChartSize size) {
  const double margin = chart.target ? 20 + report::text_width(chart.target_label) : 20;
  Canvas canvas(size, chart.title, legend_of(chart), margin);
  auto [xs, ys] = extent(chart);
  const bool empty = xs.empty();
  if (empty) {
    xs = {chart.log_x ? 1.0 : 0.0, chart.log_x ? 2.0 : 1.0};
    if (!chart.y_low || !chart.y_high) ys = {chart.log_y ? 0.1 : 0.0, 1};
  }
  for (const auto& bound : {chart.target, chart.y_low, chart.y_high})
    if (bound && std::isfinite(*bound) && (!chart.log_y || *bound > 0)) ys.cover(*bound);
  std::vector<double> y_ticks;
  const Axis x = x_scale(canvas, chart, xs), y = y_scale(canvas, chart, ys, y_ticks);
  std::vector<double> x_ticks;
  if (!empty && chart.log_x)
    x_ticks = distinct_x(chart, x);
  else if (!empty)
    for (const double tick : nice_ticks(xs.low, xs.high, 8, chart.integer_x))
      if (tick >= x.low && tick <= x.high) x_ticks.push_back(tick);
  canvas.y_axis(y, y_ticks, chart.y_label);
  canvas.x_axis(x, x_ticks, chart.x_label);
  if (chart.target && std::isfinite(*chart.target) && (!chart.log_y || *chart.target > 0))
    canvas.target(y(*chart.target), chart.target_label);
  // The first series is the one that matters: it is drawn last, on top.
  for (auto series = chart.series.rbegin(); series != chart.series.rend(); ++series)
    draw_series(canvas, chart, *series, x, y);
  if (empty) canvas.remark(chart.empty);
  return canvas.finish();
}

}  // namespace report

std::string svg(const Chart& chart, ChartSize size) {
  return chart.bars ? report::svg_bars(chart, *chart.bars, size) : report::svg_lines(chart, size);
}

}  // namespace scaffold
