// From a point of the score's curve to the epoch's predictions.
#pragma once
#include <functional>
#include <memory>
#include <optional>

#include "panels/run_list.hpp"
#include "panels/run_predictions.hpp"
#include "ui/chart_widget.hpp"

namespace scaffold::viewer {

class EpochView {
 public:
  EpochView(RunList& runs, Context& context);

  /// The run whose predictions are shown; none while none are. One that is removed or attached to closes
  /// them.
  std::optional<std::size_t> run() const;
  /// Of what is shown.
  RunPredictions& predictions() { return *predictions_; }
  void open(std::size_t run, std::int64_t epoch, std::optional<std::int64_t> volume = {});
  void close();
  /// Once a frame, behind RunList::take_news().
  void step();
  bool busy() const { return run() && predictions_->busy(); }
  bool animating() const { return predictions_ && predictions_->animating(); }

  /// Where an epoch of a run lies on the chart's x axis.
  using Along = std::function<double(std::size_t run, double epoch)>;
  /// Rings around the points of the score that can be opened, a disc on the one that is; takes the
  /// click.
  void draw_points(const ChartWidget& chart, ImVec2 at, ImVec2 size, const Along& along);
  std::vector<Shortcut> shortcuts();
  void theme_changed();
  Properties properties();
  nlohmann::json found() const;

 private:
  struct Point {
    std::size_t run;
    std::int64_t epoch;
  };
  void draw_ring(const Point& point, ImVec2 center);
  nlohmann::json state() const;
  void restore(const nlohmann::json& state);

  RunList& runs_;
  Context& context_;
  std::unique_ptr<RunPredictions> predictions_;  ///< once one was opened
  std::size_t asked_run_ = 0;                    ///< whose predictions are to be shown
  Properties of_run_, of_predictions_;
  std::shared_ptr<const Snapshots> snapshots_;  ///< the run's; null: closed
  std::size_t seen_ = 0;                        ///< version of the runs
};

}  // namespace scaffold::viewer
