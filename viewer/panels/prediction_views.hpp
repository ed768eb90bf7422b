// A snapshot's pictures: prediction, truth and errors, of all classes or of one that is chosen.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "panels/linked_views.hpp"
#include "sources/snapshots.hpp"
#include "workload/metric.hpp"

namespace scaffold::viewer {

class PredictionViews {
 public:
  /// `changed`: the pictures are to be made again, by refresh().
  PredictionViews(std::function<void()> changed, Context& context);

  /// Another snapshot, or none: its extent; a class that it does not have is chosen no more.
  void set_snapshot(const Snapshot* snapshot);
  /// `score`: its parts are the classes.
  void refresh(const Snapshot* snapshot, const std::string& title, const MetricInfo& score);
  /// Once a frame: errors and slices have colors that suit what is behind them.
  void follow_ground();
  void theme_changed();
  /// By class, what was predicted and is not there, and the reverse; a click shows these alone.
  void draw_classes(const Snapshot& snapshot, const MetricInfo& score);

  LinkedViews& views() { return views_; }
  const LinkedViews& views() const { return views_; }
  Properties properties();

 private:
  Layer error_layer(const Snapshot& snapshot, const MetricInfo& score) const;
  void draw_class(const Snapshot& snapshot, std::size_t label);

  std::function<void()> changed_;
  Context& context_;
  LinkedViews views_;
  std::optional<int> class_;  ///< errors of this class alone
  bool dark_ground_ = true;
};

}  // namespace scaffold::viewer
