// Run folders: their curves over each other, followed while they are written; an epoch's predictions.
#pragma once
#include "panels/panel.hpp"
#include "panels/run_chart_export.hpp"
#include "panels/run_epoch.hpp"
#include "panels/run_side.hpp"

namespace scaffold::viewer {

class RunPanel : public Panel {
 public:
  RunPanel(const fs::path& folder, Context& context);
  /// Of a run that goes on. ConfigError when the target cannot mean anything.
  RunPanel(const AttachTarget& target, Context& context);

  std::string kind() const override { return "run"; }
  fs::path path() const override { return first_; }
  std::string title() const override;
  void draw() override;
  std::vector<Shortcut> shortcuts() override;
  const char* mouse_help() const override;
  bool busy() const override { return epoch_.busy() || runs_.loading(); }
  bool animating() const override { return epoch_.animating(); }
  bool attach(const AttachTarget& target) override { return runs_.attach(target); }
  void theme_changed() override;
  View& main_view() override;

 private:
  explicit RunPanel(Context& context);
  const Properties& properties() const override { return properties_; }
  nlohmann::json found() const override;
  void take_news();
  void draw_chart_list();
  void draw_predictions();
  void begin_export(std::size_t chart) { export_.begin(chart, first_.filename().string()); }

  Context& context_;
  fs::path first_;
  RunList runs_;
  RunSide side_;
  EpochView epoch_;
  ChartGrid charts_;
  ChartExport export_;
  Properties properties_;
};

}  // namespace scaffold::viewer
