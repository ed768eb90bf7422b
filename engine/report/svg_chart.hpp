// Small SVG charts with no dependency: light and dark by prefers-color-scheme, colors that the color-blind
// can tell apart (Okabe and Ito, 2008). Every color is also a plain attribute, so that tools without CSS
// draw the light version.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scaffold {

/// One curve; points whose x or y is not finite (or not positive on a log axis) are left out.
struct Series {
  std::string name;
  std::vector<double> x, y;  ///< same length
  int color = 0;             ///< index into the palette
  bool dashed = false;
};

struct LineChart {
  std::string title, x_label, y_label;
  std::vector<Series> series;
  bool log_y = false;
  bool integer_x = true;         ///< ticks at whole numbers only (epochs)
  bool log_x = false;            ///< x > 0 only; ticks at the points themselves
  std::optional<double> target;  ///< a horizontal line
  std::string target_label;
  std::optional<double> y_min, y_max;  ///< the axis covers at least these
  int width = 720, height = 320;       ///< user units
};

/// One bar an x value, its parts stacked from below; values that are not finite or negative count as 0.
struct StackedBars {
  std::string title, x_label, y_label;
  std::vector<double> x;
  std::vector<std::string> names;  ///< in place of numbers below the bars, one for each x; or none
  struct Part {
    std::string name;
    std::vector<double> values;  ///< as many as x
    int color = 0;
  };
  std::vector<Part> parts;
  int width = 720, height = 320;
};

/// A complete SVG document (well-formed XML, no XML declaration: it can be put into HTML as it is).
std::string svg(const LineChart& chart);
std::string svg(const StackedBars& chart);

/// The palette's color number `index` (cyclic) as #rrggbb, on a light or a dark ground.
std::string_view palette_color(int index, bool dark = false);

/// & < > " ' as character references; control characters that XML forbids, and bytes that are not UTF-8,
/// become U+FFFD.
std::string escape_xml(std::string_view text);

/// Round values (1, 2 or 5 times a power of ten) that cover [low, high] in about `count` steps, ascending.
std::vector<double> nice_ticks(double low, double high, int count, bool integers_only = false);
/// Powers of ten and, over few decades, their 2 and 5 fold, that lie in or next to [low, high]; low > 0.
std::vector<double> log_ticks(double low, double high);

}  // namespace scaffold
