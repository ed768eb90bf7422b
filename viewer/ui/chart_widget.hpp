// A chart as an ImGui item: wheel and box zoom, drag, double click for everything, values under the mouse.
#pragma once
#include <optional>
#include <string>

#include "scene/chart_view.hpp"
#include "scene/view.hpp"
#include "ui/context.hpp"

namespace scaffold::viewer {

class ChartWidget {
 public:
  ChartWidget();

  ChartView& chart() { return chart_; }
  const ChartView& chart() const { return chart_; }
  View& view() { return view_; }
  void set(Chart content);
  void set_range(const std::optional<ChartRange>& range);
  void set_theme(const Theme& theme);

  /// For a picture that is not drawn by draw().
  void set_font(float pixels);

  /// Draws into `size`. The first `header` pixels take no mouse: room for buttons beside the title.
  void draw(const std::string& tag, ImVec2 size, Context& context);
  /// Height of the title's line.
  static float header();
  /// The mouse was over the plot or its axes in the last frame: the wheel is the chart's.
  bool takes_wheel() const { return takes_wheel_; }
  /// Where on the x axis the mouse was in the last frame, if over the plot.
  const std::optional<double>& mouse_x() const { return mouse_x_; }
  /// A line there, while the mouse is over another chart.
  void set_cursor(const std::optional<double>& x) { cursor_ = x; }
  /// Clicked with the left button without a drag: where, in pixels from the picture's upper left corner.
  const std::optional<ImVec2>& clicked() const { return clicked_; }
  /// Where a point is drawn in a picture of this size, in the same pixels; nothing beyond the plot.
  std::optional<ImVec2> place(double x, double y, ImVec2 size) const;
  /// A picture of its own size, with letters in proportion; what is on the screen stays as it is.
  Image picture(int width, int height);

 private:
  ChartStyle style(float font, float scale) const;
  void take_mouse(ImVec2 at, ImVec2 size, const Theme& theme);
  void take_wheel(ImVec2 mouse, ImVec2 size);
  void take_drags(ImVec2 at, ImVec2 mouse, ImVec2 size, const Theme& theme);
  void draw_cursor(ImVec2 at, ImVec2 size, const Theme& theme) const;
  void draw_tooltip(ImVec2 at, ImVec2 mouse, ImVec2 size, const Theme& theme) const;

  View view_;
  ChartView chart_;
  Theme theme_;
  float font_ = 0;
  bool takes_wheel_ = false, panning_ = false;
  std::optional<double> mouse_x_, cursor_;
  std::optional<ImVec2> clicked_;
  std::optional<ImVec2> box_from_;  ///< where a drag with the right button began
};

}  // namespace scaffold::viewer
