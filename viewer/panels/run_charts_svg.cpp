#include <algorithm>
#include <cmath>

#include "panels/run_charts.hpp"
#include "report/svg_chart.hpp"

namespace scaffold::viewer {
namespace {

constexpr int svg_width = 720;

/// The engine's colors instead of the screen's, but the same one for the same one.
class ColorNumbers {
 public:
  int index(Rgb color) {
    const auto found = std::find(seen_.begin(), seen_.end(), color);
    if (found != seen_.end()) return static_cast<int>(found - seen_.begin());
    seen_.push_back(color);
    return static_cast<int>(seen_.size() - 1);
  }

 private:
  std::vector<Rgb> seen_;
};

LineChart lines(const ChartContent& content, const ChartRange& range, int height) {
  LineChart chart;
  chart.title = content.title;
  chart.x_label = content.x_label;
  chart.y_label = content.y_label;
  chart.log_y = content.log_y;
  chart.integer_x = content.integer_x;
  chart.target = content.target;
  chart.target_label = content.target_label;
  chart.y_min = content.y_low;
  chart.y_max = content.y_high;
  chart.width = svg_width;
  chart.height = height;
  ColorNumbers numbers;
  for (const auto& series : content.series) {
    Series out;
    out.name = series.name;
    out.color = numbers.index(series.color);
    out.dashed = series.dashed;
    for (const std::size_t i : thinned(content, series, range.x_low, range.x_high, svg_width)) {
      if (i != curve_gap && (series.x[i] < range.x_low || series.x[i] > range.x_high)) continue;
      out.x.push_back(i == curve_gap ? std::nan("") : series.x[i]);
      out.y.push_back(i == curve_gap ? std::nan("") : series.y[i]);
    }
    chart.series.push_back(std::move(out));
  }
  return chart;
}

StackedBars stacked(const ChartContent& content, const ChartRange& range, int height) {
  StackedBars chart;
  chart.title = content.title;
  chart.x_label = content.x_label;
  chart.y_label = content.y_label;
  chart.width = svg_width;
  chart.height = height;
  // No bar is left out here: the engine's drawing brings them together itself.
  const ChartBars bars = grouped_bars(*content.bars, range.x_low, range.x_high, content.bars->x.size());
  chart.x = bars.x;
  for (std::size_t p = 0; p < bars.parts.size(); ++p)
    chart.parts.push_back({bars.parts[p].name, bars.parts[p].values, static_cast<int>(p)});
  return chart;
}

}  // namespace

std::string chart_svg(const ChartContent& content, const ChartRange& range, double height_of_width) {
  const int height = static_cast<int>(std::lround(svg_width * std::clamp(height_of_width, 0.25, 2.0)));
  return (content.bars ? svg(stacked(content, range, height)) : svg(lines(content, range, height))) + "\n";
}

}  // namespace scaffold::viewer
