// Inside the chart: what paints it.
#pragma once
#include <vtkContextItem.h>

#include <string>
#include <vector>

#include "scene/chart_view.hpp"

class vtkContext2D;

namespace scaffold::viewer {

/// Where everything goes in a picture of one size; pixels from the lower left corner, as VTK counts.
struct ChartLayout {
  float width = 0, height = 0;
  float left = 0, right = 0, bottom = 0, top = 0;  ///< of the plot
  std::vector<ChartTick> x_ticks, y_ticks;
  struct Entry {
    std::string name;
    Rgb color;
    bool dashed = false, square = false;
    bool text_only = false;
    float x = 0, y = 0, width = 0;  ///< its left end, its middle line
  };
  std::vector<Entry> legend;
};

class ChartItem : public vtkContextItem {
 public:
  static ChartItem* New();

  bool Paint(vtkContext2D* painter) override;
  ChartLayout layout(float width, float height) const;
  /// As many as have room in the plot.
  ChartBars shown_bars(const ChartLayout& at) const;
  ChartRange range() const { return own_range ? *own_range : whole_range; }

  Chart content;
  ChartStyle style;
  ChartRange whole_range;
  std::optional<ChartRange> own_range;
  std::string font_file;

 protected:
  ChartItem();

 private:
  struct Pixels;
  void text(vtkContext2D* painter, float size, Rgb color, int horizontal, int vertical,
            double angle = 0) const;
  void paint_frame(vtkContext2D* painter, const ChartLayout& at) const;
  void paint_legend(vtkContext2D* painter, const ChartLayout& at) const;
  void paint_bars(vtkContext2D* painter, const Pixels& pixels) const;
  void paint_band(vtkContext2D* painter, const Pixels& pixels, const ChartSeries& series) const;
  void paint_series(vtkContext2D* painter, const Pixels& pixels, const ChartSeries& series) const;
  void paint_target_label(vtkContext2D* painter, const Pixels& pixels, const ChartLayout& at) const;
  bool is_crossed(const Pixels& pixels, const std::array<float, 2>& low,
                  const std::array<float, 2>& high) const;
  void paint_lines(vtkContext2D* painter, const Pixels& pixels, const ChartLayout& at) const;
  float grid_width() const;
  float text_width(const std::string& text, float size) const;
  std::vector<ChartLayout::Entry> legend_entries() const;
  void leave_out(ChartLayout& at, std::size_t count) const;
  void place_legend(ChartLayout& at, float top) const;
};

}  // namespace scaffold::viewer
