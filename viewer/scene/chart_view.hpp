// Curves, bands and stacked bars over one pair of axes, in a VTK renderer. One context item paints all of it
// (not vtkChartXY), so that the place of the plot is known before it is drawn, the legend stays clear of the
// curves and long curves and many bars are thinned to what has room.
#pragma once
#include <vtkSmartPointer.h>

#include <optional>
#include <vector>

#include "report/chart.hpp"
#include "scene/colors.hpp"

class vtkRenderer;

namespace scaffold::viewer {

/// Sizes in pixels of the picture.
struct ChartStyle {
  Rgb background, text, faint;
  float font = 14;
  float line = 2;
};

struct ChartBox {
  float left = 0, top = 0, right = 0, bottom = 0;  ///< pixels from the picture's upper left corner
  bool contains(float x, float y) const { return x >= left && x <= right && y >= top && y <= bottom; }
};

/// What is near the mouse, of each curve (or each part of a bar).
struct ChartHit {
  std::string name;
  Rgb color;
  double x = 0, y = 0;
  float at_x = 0, at_y = 0;  ///< pixels from the upper left corner
  bool inside = true;        ///< the point is within the plot
};

class ChartItem;

/// The view that holds the renderer must be touched after any change.
class ChartView {
 public:
  explicit ChartView(vtkRenderer* renderer);
  ~ChartView();
  ChartView(const ChartView&) = delete;
  ChartView& operator=(const ChartView&) = delete;

  void set(Chart content);
  const Chart& content() const;
  void set_style(const ChartStyle& style);

  /// The whole content unless one was set.
  ChartRange range() const;
  bool has_own_range() const;
  /// One that cannot be shown is ignored; nothing: the whole content.
  void set_range(const std::optional<ChartRange>& range);

  /// The plot's place in a picture of this size.
  ChartBox plot(float width, float height) const;
  /// Values under a pixel of a picture of this size, counted from the upper left corner.
  std::pair<double, double> values_at(float x, float y, float width, float height) const;
  /// Of each curve the point whose x is nearest to that of the curve point nearest to the mouse.
  std::vector<ChartHit> hits(float x, float width, float height) const;

 private:
  vtkSmartPointer<ChartItem> item_;
};

/// As the window paints it: distinct_color(number), or the color itself.
Rgb painted(const ChartColor& color);

/// A color that stands out from the ground: darker or lighter of the same hue where it does not.
Rgb legible(Rgb color, Rgb background);

}  // namespace scaffold::viewer
