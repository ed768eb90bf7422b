// The runs that a panel shows: folders and connections, names and colors, and what is known of them by now.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "monitor/run_follower.hpp"
#include "panels/property.hpp"
#include "report/forecast.hpp"
#include "scene/colors.hpp"
#include "sources/live_source.hpp"
#include "sources/snapshots.hpp"
#include "ui/context.hpp"

namespace scaffold::viewer {

struct ShownRun {
  fs::path folder;
  std::string name;
  Rgb color;
  bool visible = true;
  std::shared_ptr<const RunData> data = std::make_shared<const RunData>();
  std::unique_ptr<RunFollower> follower;  ///< of a folder, also of a live run's until that has answered
  std::shared_ptr<LiveSource> live;
  std::shared_ptr<const Snapshots> snapshots;
  std::vector<SnapshotKey> snapshot_keys;
  std::optional<Forecast> forecast;  ///< of a run that goes on
  std::size_t forecast_from = 0;     ///< that many epochs

  RunFollower& following() const { return follower ? *follower : live->follower(); }
  /// As of RunData, and "killed" where that is known of a live run.
  std::string status() const;
  /// Seconds without a step, where they are many.
  std::optional<double> stalled() const;
  void look_ahead();
  nlohmann::json found() const;
};

/// Without the default job name, which tells nothing; names differ behind it.
std::string short_name(const fs::path& folder);

class RunList {
 public:
  explicit RunList(Context& context) : context_(context) {}

  /// False when it is here already, or there are too many.
  bool add(const fs::path& folder);
  /// One more run that goes on; the one of that folder, if it is here, is followed live from now on. False
  /// when there are too many. ConfigError when the target cannot mean anything.
  bool attach(const AttachTarget& target);
  void remove(std::size_t number);
  /// The run whose classes and target are drawn.
  void choose(std::size_t number);

  std::size_t size() const { return all_.size(); }
  ShownRun& operator[](std::size_t number) { return all_[number]; }
  const ShownRun& operator[](std::size_t number) const { return all_[number]; }
  std::size_t chosen() const { return chosen_; }
  /// Whether the workload of any of them has the metric; null: what every run has.
  bool measure(const MetricInfo* metric) const;
  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }

  /// The first reading of one goes on. Following is no business of it: a change wakes the window.
  bool loading() const;
  /// Once a frame: what has been read since, and what is kept of epochs by now.
  void take_news();
  /// Another after every change of what is drawn of them.
  std::size_t version() const { return version_; }
  void changed() { ++version_; }

  Properties properties();
  nlohmann::json found() const;

 private:
  ShownRun& append(const fs::path& folder);
  void restore(const nlohmann::json& runs);
  void restore_one(const nlohmann::json& entry, bool is_first);
  nlohmann::json saved();

  Context& context_;
  std::vector<ShownRun> all_;
  std::size_t chosen_ = 0, version_ = 1, listed_ = 0;
};

}  // namespace scaffold::viewer
