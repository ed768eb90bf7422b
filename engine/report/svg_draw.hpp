// What both kinds of charts share: the frame, axes, legend, and text. Not part of the room's interface.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace scaffold::report {

/// A number with at most two decimals: coordinates.
std::string coordinate(double value);
/// A tick's label: "0.25", "20", "2e6".
std::string tick_label(double value);
/// A value in a tooltip: four significant digits.
std::string value_label(double value);
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
  int color = 0;
  bool line = true, dashed = false;  ///< else a square
};

/// Collects the drawing; the plot's rectangle is known from the start.
class Canvas {
 public:
  /// right: width kept free right of the plot.
  Canvas(int width, int height, const std::string& title, const std::vector<LegendEntry>& legend,
         double right);
  double left() const { return left_; }
  double right() const { return right_; }
  double top() const { return top_; }
  double bottom() const { return bottom_; }

  /// `names`: of the ticks, in place of their numbers; or none.
  void x_axis(const Axis& x, const std::vector<double>& ticks, std::string_view label,
              const std::vector<std::string>& names = {});
  void y_axis(const Axis& y, const std::vector<double>& ticks, std::string_view label);
  void no_data();
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

}  // namespace scaffold::report
