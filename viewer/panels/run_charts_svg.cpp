#include <algorithm>
#include <cmath>

#include "panels/run_charts.hpp"
#include "report/svg_chart.hpp"

namespace scaffold::viewer {
namespace {

constexpr int svg_width = 720;

/// The page's colors instead of the screen's, but the same color for the same one.
class PageColors {
 public:
  int number(const ChartColor& color) {
    const auto found = std::find(seen_.begin(), seen_.end(), color);
    if (found != seen_.end()) return static_cast<int>(found - seen_.begin());
    seen_.push_back(color);
    return static_cast<int>(seen_.size() - 1);
  }

 private:
  std::vector<ChartColor> seen_;
};

/// What is drawn of a curve in the range.
void cut(ChartSeries& series, const Chart& chart, const ChartRange& range) {
  std::vector<double> x, y;
  for (const std::size_t i : thinned(chart, series, range.x_low, range.x_high, svg_width)) {
    if (i != curve_gap && (series.x[i] < range.x_low || series.x[i] > range.x_high)) continue;
    x.push_back(i == curve_gap ? std::nan("") : series.x[i]);
    y.push_back(i == curve_gap ? std::nan("") : series.y[i]);
  }
  series.x = std::move(x);
  series.y = std::move(y);
}

}  // namespace

std::string chart_svg(const Chart& chart, const ChartRange& range, double height_of_width) {
  Chart page = chart;
  PageColors colors;
  for (auto& series : page.series) {
    cut(series, chart, range);
    series.color = colors.number(series.color);
  }
  if (page.bars) {
    // No bar is left out here: the drawing brings them together itself.
    page.bars = grouped_bars(*chart.bars, range.x_low, range.x_high, chart.bars->x.size());
    for (auto& part : page.bars->parts) part.color = colors.number(part.color);
  }
  const int height = static_cast<int>(std::lround(svg_width * std::clamp(height_of_width, 0.25, 2.0)));
  return svg(page, {svg_width, height}) + "\n";
}

}  // namespace scaffold::viewer
