// Run folders: their curves over each other, followed while they are written.
#pragma once
#include <array>
#include <memory>
#include <optional>

#include "monitor/run_follower.hpp"
#include "panels/panel.hpp"
#include "panels/run_charts.hpp"
#include "panels/run_predictions.hpp"
#include "report/forecast.hpp"
#include "sources/live_source.hpp"
#include "ui/chart_widget.hpp"

namespace scaffold::viewer {

class RunPanel : public Panel {
 public:
  RunPanel(const fs::path& folder, Context& context);
  /// Of a run that goes on. ConfigError when the target cannot mean anything.
  RunPanel(const AttachTarget& target, Context& context);
  /// One more run that goes on, over the others; the one of that folder, if it is there, is followed live
  /// from now on. False when there are too many.
  bool attach(const AttachTarget& target);

  std::string kind() const override { return "run"; }
  fs::path path() const override { return first_; }
  std::string title() const override;
  void draw() override;
  std::vector<Shortcut> shortcuts() override;
  const char* mouse_help() const override;
  /// The first reading of a run goes on. Following is no business of it: a change wakes the window.
  bool busy() const override;
  bool animating() const override { return predictions_ && predictions_->animating(); }
  nlohmann::json state() const override;
  void restore(const nlohmann::json& state) override;
  void theme_changed() override;
  View& main_view() override;

 private:
  struct Run {
    fs::path folder;
    std::string name;
    Rgb color;
    bool visible = true;
    std::shared_ptr<const RunData> data;
    std::unique_ptr<RunFollower> follower;  ///< of a folder, also of a live run's until that has answered
    std::shared_ptr<LiveSource> live;
    std::shared_ptr<const KeptSamples> samples;
    std::vector<SampleKey> kept;
    std::optional<Forecast> forecast;  ///< of a run that goes on
    std::size_t forecast_from = 0;     ///< that many epochs
    RunFollower& following() const { return follower ? *follower : live->follower(); }
  };
  struct ShownChart {
    bool shown = true, log = false;
    std::unique_ptr<ChartWidget> widget;
  };
  enum class Format { png, svg, csv };
  struct Export {
    std::size_t chart = 0;
    Format format = Format::png;
    std::array<char, 1024> name{};
    bool own_name = false;  ///< typed: another format keeps it
    bool exists = false;
    int width = 1600, height = 900;
    std::string problem;
  };

  void begin();
  Run& new_run(const fs::path& folder);
  bool add_run(const fs::path& folder);
  void take_news();
  void rebuild();
  ChartWidget& widget(std::size_t chart);
  std::size_t number_of(const std::string& key) const;
  void enlarge(std::size_t chart);
  void step_large(int by);
  void reset_ranges();
  void toggle_log(std::size_t chart);

  void draw_runs();
  void draw_checkpoints();
  void draw_run(std::size_t number);
  void draw_facts(const Run& run, bool all) const;
  void draw_chart_list();
  void draw_add();
  void add_typed();
  void draw_charts();
  void draw_chart(std::size_t chart, ImVec2 size);
  void draw_chart_buttons(std::size_t chart, ImVec2 at, float width);
  void begin_export(std::size_t chart);
  void suggest_name();
  void look_for_file();
  void draw_export();
  bool write_export();

  // run_panel_live.cpp: what goes on
  void draw_live(std::size_t number);
  void draw_status(const Run& run) const;
  void draw_control(const Run& run);
  void order(const Run& run, monitor::Control what);
  void look_ahead(Run& run) const;
  void draw_progress(const Run& run) const;
  void draw_forecast(const Run& run) const;
  /// As of RunData, and "killed" where that is known of a live run.
  std::string status_of(const Run& run) const;
  void draw_events();
  /// Seconds without a step, where they are many.
  std::optional<double> stalled(const Run& run) const;
  std::string last_words() const;  ///< of the orders that were given

  // run_panel_predictions.cpp: an epoch's samples
  void open_epoch(std::size_t run, std::int64_t epoch, std::optional<std::int64_t> volume = {});
  void close_predictions();
  void take_samples();
  void draw_kept_points(std::size_t chart, ImVec2 at, ImVec2 size);
  void draw_predictions();
  nlohmann::json prediction_state() const;
  void restore_prediction(const nlohmann::json& state);

  nlohmann::json run_facts(const Run& run) const;
  void restore_runs(const nlohmann::json& runs);
  void restore_ranges(const nlohmann::json& ranges);

  Context& context_;
  fs::path first_;
  std::vector<Run> runs_;
  std::size_t chosen_ = 0;
  std::array<ShownChart, run_charts> charts_;
  std::optional<std::size_t> large_;
  bool stale_ = true, wheel_is_charts_ = false;
  float runs_height_ = 0;  ///< of all of them, in the last frame
  bool open_add_ = false, open_export_ = false;
  std::array<char, 4096> typed_{};
  std::string add_problem_, notice_;
  std::vector<fs::path> offered_;
  std::vector<fs::path> checkpoints_;  ///< of the run chosen, when its list was opened
  Export export_;
  std::unique_ptr<RunPredictions> predictions_;  ///< once one was opened
  std::optional<std::size_t> predicted_;         ///< the run whose predictions are shown
  struct Words;
  std::shared_ptr<Words> words_;  ///< what orders came to, told by other threads
  bool stop_asked_ = false;
};

}  // namespace scaffold::viewer
