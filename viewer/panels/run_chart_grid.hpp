// The charts of a panel's runs: which are shown, side by side or one of them large.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "panels/run_charts.hpp"
#include "panels/run_list.hpp"
#include "ui/chart_widget.hpp"
#include "ui/shortcuts.hpp"

namespace scaffold::viewer {

class ChartGrid {
 public:
  /// `save`: a chart's button was pressed. `over`: draws on a chart that was just drawn there.
  using Save = std::function<void(std::size_t chart)>;
  using Over = std::function<void(std::size_t chart, const ChartWidget& widget, ImVec2 at, ImVec2 size)>;
  ChartGrid(const RunList& runs, Context& context, Save save, Over over);

  /// All that are shown, in the room there is.
  void draw();
  void draw_one(std::size_t chart, ImVec2 size);
  /// What the charts are drawn over, how smooth, and boxes to tick.
  void draw_choice();
  /// Where an epoch of a run lies on the charts' x axis.
  double along(std::size_t run, double epoch) const;
  /// While the mouse is over a plot the wheel zooms it.
  bool takes_wheel() const { return takes_wheel_; }

  /// With everything that is known of the runs.
  ChartWidget& up_to_date(std::size_t chart);
  std::optional<std::size_t> large() const { return large_; }
  std::vector<Shortcut> shortcuts();
  void theme_changed();
  /// The large one, or the first. ConfigError when none is chosen.
  View& main_view();
  Properties properties();

 private:
  struct Entry {
    bool shown = true, log = false;
    std::unique_ptr<ChartWidget> widget;  ///< once it was drawn
  };
  bool is_there(std::size_t chart) const;
  bool is_shown(std::size_t chart) const;
  ChartWidget& widget(std::size_t chart);
  void rebuild();
  void measure_along();
  void draw_buttons(std::size_t chart, ImVec2 at, float width);
  void enlarge(std::size_t chart);
  void step_large(int by);
  void reset_ranges();
  void toggle_log(std::size_t chart);
  void toggle_losses();
  void declare_keys(Properties& all, const char* key, bool Entry::*member);
  nlohmann::json ranges() const;
  void restore_ranges(const nlohmann::json& ranges);

  const RunList& runs_;
  Context& context_;
  Save save_;
  Over over_;
  void set_axis(RunAxis axis);

  std::vector<Entry> charts_;
  RunAxis axis_ = RunAxis::epochs;
  float smoothing_ = 0;                                 ///< of what is drawn by steps
  std::vector<std::shared_ptr<const AlongRun>> along_;  ///< of each run; null: over epochs
  std::optional<double> cursor_, next_cursor_;  ///< where on the x axis the mouse was, and is, for all charts
  std::optional<std::size_t> large_;
  std::size_t built_ = 0;  ///< from this version of the runs; 0: anew
  bool takes_wheel_ = false;
};

}  // namespace scaffold::viewer
