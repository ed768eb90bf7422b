// What both kinds of charts share: the frame, axes, legend, and text. Not part of the room's interface.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "report/svg_chart.hpp"

namespace scaffold::report {

/// A number with at most two decimals: coordinates.
std::string coordinate(double value);
/// The class that follows the reader's ground: "sc-s3" of a stroke ('s'), "sc-f3" of a fill ('f'). A color of
/// somebody's choice has one without a rule.
std::string color_class(const ChartColor& color, char kind);
/// #rrggbb
std::string color_text(const ChartColor& color);
/// Estimated width of text at 12 units.
double text_width(std::string_view text);

struct Axis {
  double low = 0, high = 1;  ///< values (their logarithms when `log`)
  double from = 0, to = 1;   ///< coordinates
  bool log = false;
  double operator()(double value) const;
};

struct LegendEntry {
  std::string name;
  ChartColor color;
  bool line = true, dashed = false;  ///< else a square
};

/// Collects the drawing; the plot's rectangle is known from the start.
class Canvas {
 public:
  /// right: width kept free right of the plot.
  Canvas(ChartSize size, const std::string& title, const std::vector<LegendEntry>& legend, double right);
  double left() const { return left_; }
  double right() const { return right_; }
  double top() const { return top_; }
  double bottom() const { return bottom_; }

  /// `names`: of the ticks, in place of their numbers; or none.
  void x_axis(const Axis& x, const std::vector<double>& ticks, std::string_view label,
              const std::vector<std::string>& names = {});
  void y_axis(const Axis& y, const std::vector<double>& ticks, std::string_view label);
  /// In the plot's middle.
  void remark(const std::string& text);
  void target(double y, const std::string& label);
  void raw(const std::string& element) { body_ += element; }
  void text(double x, double y, std::string_view anchor, std::string_view css, std::string_view text);
  std::string finish();

 private:
  void legend(const std::vector<LegendEntry>& entries);

  int width_, height_;
  double left_ = 66, right_, top_ = 44, bottom_;
  std::string title_, body_;
};

/// Curves; and bars, as many of them as have room, else means of neighbors.
std::string svg_lines(const Chart& chart, ChartSize size);
std::string svg_bars(const Chart& chart, const ChartBars& bars, ChartSize size);

}  // namespace scaffold::report
