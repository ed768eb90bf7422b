#include "report/svg_roofline.hpp"

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

bool drawable(const Roofline::Point& p) {
  return std::isfinite(p.intensity) && std::isfinite(p.rate) && p.intensity > 0 && p.rate > 0;
}

double roof(const Roofline& picture, double intensity) {
  return std::min(picture.flops_per_second, intensity * picture.bytes_per_second);
}

/// Whole decades around [low, high].
Axis decades(double low, double high, double from, double to) {
  const double first = std::floor(std::log10(low)), last = std::ceil(std::log10(high));
  return {first, std::max(last, first + 1), from, to, true};
}

std::vector<double> ticks(const Axis& axis) {
  std::vector<double> values;
  for (int i = 0; axis.low + i <= axis.high; ++i) values.push_back(std::pow(10.0, axis.low + i));
  return values;
}

void draw_roof(Canvas& canvas, const Roofline& picture, const Axis& x, const Axis& y) {
  const double lowest = std::pow(10.0, y.low);
  const double begin = std::max(std::pow(10.0, x.low), lowest / picture.bytes_per_second);
  const double ridge = picture.flops_per_second / picture.bytes_per_second, end = std::pow(10.0, x.high);
  std::string path = cat("M", coordinate(x(begin)), " ", coordinate(y(roof(picture, begin))));
  if (ridge > begin && ridge < end)
    path += cat("L", coordinate(x(ridge)), " ", coordinate(y(roof(picture, ridge))));
  path += cat("L", coordinate(x(end)), " ", coordinate(y(roof(picture, end))));
  canvas.raw(cat("<path class=\"sc-target\" d=\"", path,
                 "\" fill=\"none\" stroke=\"#3a424d\" stroke-width=\"1.6\" stroke-linejoin=\"round\"/>"));
}

void draw_point(Canvas& canvas, const Roofline& picture, const Roofline::Point& p, const Axis& x,
                const Axis& y) {
  const int color = p.kind % 8;
  canvas.raw(cat("<circle class=\"sc-dot sc-ring sc-f", color, "\" cx=\"", coordinate(x(p.intensity)),
                 "\" cy=\"", coordinate(y(p.rate / 1e9)), "\" r=\"5\" fill=\"", series_color(color),
                 "\" stroke=\"#ffffff\"><title>",
                 escape_xml(cat(p.name, ": ", human_count(p.rate), "FLOP/s, ",
                                fixed(100 * p.rate / roof(picture, p.intensity), 0), " % of its roof")),
                 "</title></circle>"));
}

}  // namespace

// The axis shows GFLOP/s.
std::string svg(const Roofline& picture) {
  std::vector<report::LegendEntry> legend;
  for (std::size_t i = 0; i < picture.kinds.size(); ++i)
    legend.push_back({picture.kinds[i], static_cast<int>(i % 8), false, false});
  Canvas canvas({picture.width, picture.height}, picture.title, legend, 24);
  double left = 1, right = 100, low = picture.flops_per_second / 100, high = picture.flops_per_second;
  for (const auto& p : picture.points) {
    if (!drawable(p)) continue;
    left = std::min(left, p.intensity);
    right = std::max(right, p.intensity);
    low = std::min(low, p.rate);
    high = std::max(high, p.rate);
  }
  if (!(picture.bytes_per_second > 0) || !(picture.flops_per_second > 0)) {
    canvas.remark("the rates of memory and arithmetic are not known");
    return canvas.finish();
  }
  const Axis x = decades(left, right, canvas.left(), canvas.right());
  const Axis y = decades(low / 1e9, high / 1e9, canvas.bottom(), canvas.top());
  Roofline scaled = picture;
  scaled.bytes_per_second /= 1e9;
  scaled.flops_per_second /= 1e9;
  canvas.y_axis(y, ticks(y), "GFLOP/s");
  canvas.x_axis(x, ticks(x), "FLOP a byte of memory traffic");
  draw_roof(canvas, scaled, x, y);
  // Labels go where kernels rarely are: below the slope's beginning, above the ceiling's.
  const double ridge = picture.flops_per_second / picture.bytes_per_second;
  const double early = std::pow(10.0, 0.75 * x.low + 0.25 * std::log10(ridge));
  canvas.text(x(early) + 8, y(roof(scaled, early)) + 14, "start", "sc-target-text",
              cat("memory ", fixed(scaled.bytes_per_second, 1), " GB/s"));
  canvas.text(x(ridge), y(scaled.flops_per_second) - 8, "start", "sc-target-text",
              cat("matrix product ", fixed(scaled.flops_per_second, 0), " GFLOP/s"));
  for (const auto& p : picture.points)
    if (drawable(p)) draw_point(canvas, picture, p, x, y);
  return canvas.finish();
}

}  // namespace scaffold
