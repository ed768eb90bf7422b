// What a run's network saw in an epoch's validation pass, against the truth, and how that changed from epoch
// to epoch.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "monitor/run_source.hpp"
#include "panels/prediction_views.hpp"
#include "sources/snapshot_loader.hpp"

namespace scaffold::viewer {

class RunPredictions {
 public:
  explicit RunPredictions(Context& context);

  /// Of this run from now on. `choose`, if any, tells a live run to keep a volume.
  void set_run(std::string name, std::shared_ptr<const Snapshots> snapshots,
               std::function<void(std::uint32_t)> choose);
  /// What is known of the run by now.
  void set_data(std::shared_ptr<const RunData> data, std::vector<SnapshotKey> keys);
  const std::vector<SnapshotKey>& keys() const { return keys_; }

  /// An epoch's volume; without one the same as before where the epoch has it, else its worst.
  void open(std::int64_t epoch, std::optional<std::int64_t> volume = {});
  std::int64_t epoch() const { return key_.epoch; }
  /// Reading, or playing.
  bool busy() const { return loader_.busy() || playing_; }
  bool animating() const { return views().animating(); }
  /// Once a frame: takes what has been read, plays on.
  void step();

  /// The epoch's samples, the errors by class and how it is looked at: for a narrow column.
  void draw_side();
  /// The pictures and the controls above them. Whether it is to be closed.
  bool draw(ImVec2 size);
  std::vector<Shortcut> shortcuts();
  void theme_changed() { pictures_.theme_changed(); }
  View& main_view() { return views().main_view(); }

  Properties properties();
  nlohmann::json findings() const;

 private:
  bool has_snapshot(const SnapshotKey& key) const;
  /// Epochs for which the volume was kept.
  std::vector<std::int64_t> epochs() const;
  std::vector<std::pair<double, std::int64_t>> ranked() const;
  std::optional<double> score() const;
  void step_epoch(int by);
  void step_sample(int by);
  void toggle_play();
  void load();
  void show_loaded();
  void refresh();
  LinkedViews& views() { return pictures_.views(); }
  const LinkedViews& views() const { return pictures_.views(); }

  void draw_toolbar();
  void draw_scrubber();
  void draw_samples();
  void draw_foot() const;

  Context& context_;
  std::string run_;
  std::function<void(std::uint32_t)> choose_;
  std::shared_ptr<const RunData> data_ = std::make_shared<const RunData>();
  std::vector<SnapshotKey> keys_;  ///< ascending
  std::set<std::int64_t> asked_;   ///< volumes that the run was told to keep
  SnapshotKey key_;                ///< that is looked at
  SnapshotLoader loader_;
  PredictionViews pictures_;
  bool playing_ = false;
  double next_at_ = 0;
  std::int64_t restored_epoch_ = 0;  ///< belongs together with:
  std::optional<std::int64_t> restored_volume_;
};

}  // namespace scaffold::viewer
