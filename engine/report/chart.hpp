// A chart as whatever paints it takes it: SVG (report/svg_chart.hpp), VTK (viewer/scene/chart_view.hpp) and
// the terminal (headless/watch/plot.hpp); and what all of them compute before they draw. For example
//
//   Chart chart;
//   chart.title = "Training loss";
//   chart.x_label = "epoch";
//   chart.log_y = true;
//   chart.series = {{"training", 0, {1, 2, 3}, {0.9, 0.5, 0.2}}};
//   write_atomic("loss.svg", svg(chart));
#pragma once
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/rgb.hpp"
#include "workload/metric.hpp"

namespace scaffold {

/// A number: that one of the painter's colors, which suit its ground (cyclic). Else a color of somebody's
/// choice.
using ChartColor = std::variant<int, Rgb>;

struct ChartSeries {
  std::string name;
  ChartColor color;
  std::vector<double> x, y;  ///< x ascends; a y that cannot be drawn is a gap
  bool dashed = false;
  bool in_legend = true;
  std::vector<double> low{}, high{};  ///< a band around it, as long as x; or none (VTK only)
  bool operator==(const ChartSeries&) const = default;
};

/// A bar at each x (ascending), its parts stacked from below.
struct ChartBars {
  std::vector<double> x;
  std::vector<std::string> names;  ///< below the bars in place of numbers, one for each x; or none
  struct Part {
    std::string name;
    ChartColor color;
    std::vector<double> values;  ///< as long as x; what is no positive number counts as 0
    bool operator==(const Part&) const = default;
  };
  std::vector<Part> parts;
  bool operator==(const ChartBars&) const = default;
};

/// A vertical line through the whole height (VTK only).
struct ChartMark {
  double x = 0;
  ChartColor color;
  std::string label;
  bool operator==(const ChartMark&) const = default;
};

struct Chart {
  std::string title, x_label, y_label;  ///< labels with units
  bool integer_x = true;                ///< ticks at whole numbers only
  bool log_x = false;                   ///< ticks at the points themselves (SVG only)
  bool log_y = false;                   ///< not with bars
  std::vector<ChartSeries> series;
  std::optional<ChartBars> bars;
  std::vector<ChartMark> marks;
  std::optional<double> target;  ///< a horizontal line
  std::string target_label;
  std::optional<double> y_low, y_high;           ///< the axis shows at least these
  const MetricInfo* metric = nullptr;            ///< what its curves are of, if they are of one
  std::string empty = "no epoch was completed";  ///< said where there is nothing
  bool operator==(const Chart&) const = default;
};

/// In values; on a log axis too.
struct ChartRange {
  double x_low = 0, x_high = 1, y_low = 0, y_high = 1;
  bool operator==(const ChartRange&) const = default;
};

/// What values span; empty until one is covered.
struct Interval {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
  void cover(double value) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  bool empty() const { return !(low <= high); }
};

/// Whether a point can be drawn: finite, and positive on a log axis.
bool drawable(const Chart& chart, double x, double y);
/// What all points that can be drawn span; a series' band is not counted.
struct Extent {
  Interval x, y;
};
Extent extent(const Chart& chart);
/// Everything, with some air; a unit range when there is nothing.
ChartRange full_range(const Chart& chart);
/// Around (x, y), values under which the mouse is, by factors (below 1: nearer) on each axis.
ChartRange zoomed(const ChartRange& range, bool log_y, double x, double y, double factor_x, double factor_y);
/// Moved by shares of its width and height.
ChartRange panned(const ChartRange& range, bool log_y, double share_x, double share_y);
/// Whether it can be shown: finite, not empty, not below what doubles resolve; positive on a log axis.
bool valid(const ChartRange& range, bool log_y);

/// Where a value lies in a range, 0 to 1, and back.
double share_of(double value, double low, double high, bool log);
double value_at(double share, double low, double high, bool log);

/// Round values (1, 2 or 5 times a power of ten) that cover [low, high] in about `count` steps, ascending.
std::vector<double> nice_ticks(double low, double high, int count, bool integers_only = false);
/// Powers of ten and, over few decades, their 2 and 5 fold, that lie in or next to [low, high]; low > 0.
std::vector<double> log_ticks(double low, double high);

struct ChartTick {
  double value = 0;
  std::string label;
};
/// Round values inside [low, high], at most about `count`.
std::vector<ChartTick> chart_ticks(double low, double high, int count, bool integers, bool log);

/// The point of a series whose x is nearest (of equals the first), among those that can be drawn and lie in
/// [low, high]; nothing when there is none.
std::optional<std::size_t> nearest_point(const Chart& chart, const ChartSeries& series, double x, double low,
                                         double high);
/// The number of drawable points in [low, high] is brought to at most about 4 · columns: of each column of
/// pixels first, lowest, highest and last stay. Their places, with `curve_gap` where the line is broken.
inline constexpr std::size_t curve_gap = static_cast<std::size_t>(-1);
std::vector<std::size_t> thinned(const Chart& chart, const ChartSeries& series, double low, double high,
                                 std::size_t columns);

/// The sum of its parts.
double bar_height(const ChartBars& bars, std::size_t i);
/// The least distance between bars; 1 where there is one bar.
double bar_spacing(const ChartBars& bars);
/// The bars in [low, high], or means of so many neighbors that no more than `most` remain.
ChartBars grouped_bars(const ChartBars& bars, double low, double high, std::size_t most);

/// Cut in its middle to about so many characters: names of runs differ at their ends.
std::string shortened(const std::string& name, std::size_t characters);
/// A tick's label: "0.25", "20", "2e6".
std::string tick_label(double value);
/// A value in a tooltip: four significant digits.
std::string value_label(double value);
/// A point's height where it is told: a metric's as everywhere else.
std::string y_text(const Chart& chart, double y);

}  // namespace scaffold
