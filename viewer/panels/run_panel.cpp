#include "panels/run_panel.hpp"

#include <imgui.h>

#include <algorithm>
#include <ctime>

#include "core/error.hpp"
#include "core/text.hpp"
#include "run/artifact.hpp"

namespace scaffold::viewer {
namespace {

constexpr std::size_t max_runs = 32;

/// Without the default job name, which tells nothing; names differ behind it.
std::string short_name(const fs::path& folder) {
  constexpr std::string_view job = "benchmark_";
  const std::string name = folder.filename().string();
  return name.starts_with(job) && name.size() > job.size() ? name.substr(job.size()) : name;
}

bool same_folder(const fs::path& a, const fs::path& b) {
  std::error_code error;
  return a == b || (fs::equivalent(a, b, error) && !error);
}

}  // namespace

RunPanel::RunPanel(const fs::path& folder, Context& context) : context_(context) {
  begin();
  std::error_code error;
  first_ = fs::absolute(folder, error).lexically_normal();
  if (!first_.has_filename()) first_ = first_.parent_path();
  if (!fs::is_directory(first_, error)) throw DataError(cat("'", first_.string(), "' is no run folder"));
  add_run(first_);
}

RunPanel::RunPanel(const AttachTarget& target, Context& context) : context_(context) {
  begin();
  first_ = target.local_folder();
  attach(target);
}

void RunPanel::begin() {
  for (std::size_t i = 0; i < run_charts; ++i) {
    charts_[i].shown = i < 6;
    charts_[i].log =
        run_chart_table()[i].chart == RunChart::loss || run_chart_table()[i].chart == RunChart::step_loss;
  }
}

std::string RunPanel::title() const {
  const std::string name = first_.empty() ? runs_[0].name : short_name(first_);
  if (runs_.size() > 1) return cat("runs ", name, " + ", runs_.size() - 1);
  return name.starts_with("run") ? name : "run " + name;
}

bool RunPanel::add_run(const fs::path& folder) {
  std::error_code error;
  fs::path path = fs::absolute(folder, error).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  if (runs_.size() >= max_runs ||
      std::any_of(runs_.begin(), runs_.end(), [&](const Run& run) { return same_folder(run.folder, path); }))
    return false;
  Run& run = new_run(path);
  run.follower = std::make_unique<RunFollower>(path, context_.wake);
  run.samples = recorded_samples(path);
  return true;
}

RunPanel::Run& RunPanel::new_run(const fs::path& folder) {
  // The first color that no run has: removing one leaves the others as they are.
  std::size_t color = 0;
  while (std::any_of(runs_.begin(), runs_.end(),
                     [&](const Run& run) { return run.color == distinct_color(color); }))
    ++color;
  Run& run = runs_.emplace_back();
  run.folder = folder;
  run.name = short_name(folder);
  run.color = distinct_color(color);
  run.data = std::make_shared<const RunData>();
  stale_ = true;
  return run;
}

bool RunPanel::attach(const AttachTarget& target) {
  const fs::path folder = target.local_folder();
  const auto same = std::find_if(runs_.begin(), runs_.end(), [&](const Run& run) {
    return run.live ? run.live->target() == target : !folder.empty() && same_folder(run.folder, folder);
  });
  if (same != runs_.end() && same->live) return true;
  if (same == runs_.end() && runs_.size() >= max_runs) return false;
  auto live = std::make_shared<LiveSource>(target, context_.wake);
  Run& run = same != runs_.end() ? *same : new_run(folder.empty() ? fs::path(target.run) : folder);
  if (folder.empty())
    run.follower.reset();
  else if (!run.follower)
    run.follower = std::make_unique<RunFollower>(folder, context_.wake);
  run.live = std::move(live);
  run.samples = live_samples(run.live);
  if (predicted_ == static_cast<std::size_t>(&run - runs_.data())) close_predictions();
  return true;
}

bool RunPanel::busy() const {
  return (predictions_ && predicted_ && predictions_->busy()) ||
         std::any_of(runs_.begin(), runs_.end(), [](const Run& run) { return run.following().loading(); });
}

void RunPanel::take_news() {
  for (auto& run : runs_) {
    if (!run.live || run.name != short_name(run.folder)) continue;
    if (const auto status = run.live->status(); !status.run.empty()) run.name = short_name(status.run);
  }
  for (auto& run : runs_) {
    // The run's own word comes at once and over any distance; until there is one, its files speak.
    if (run.live && run.follower && run.live->status().connections > 0) run.follower.reset();
    if (auto data = run.following().take()) {
      // The copy begins empty: what the files said is shown until it has caught up.
      if (run.live && !run.follower && !data->begun && data->epochs.size() < run.data->epochs.size())
        continue;
      run.data = std::move(data);
      look_ahead(run);
      stale_ = true;
    }
  }
  take_samples();
}

ChartWidget& RunPanel::widget(std::size_t chart) {
  auto& widget = charts_[chart].widget;
  if (!widget) {
    widget = std::make_unique<ChartWidget>();
    widget->set_theme(context_.theme);
    stale_ = true;
  }
  return *widget;
}

/// Contents of all charts that have been drawn so far.
void RunPanel::rebuild() {
  stale_ = false;
  std::vector<RunCurve> curves;
  std::size_t chosen = 0;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    if (!runs_[i].visible) continue;
    if (i <= chosen_) chosen = curves.size();
    curves.push_back({runs_[i].name, runs_[i].color, runs_[i].data});
  }
  for (std::size_t i = 0; i < run_charts; ++i)
    if (charts_[i].widget)
      charts_[i].widget->set(run_chart(run_chart_table()[i].chart, curves, chosen, charts_[i].log));
}

void RunPanel::enlarge(std::size_t chart) { large_ = large_ == chart ? std::nullopt : std::optional(chart); }

void RunPanel::step_large(int by) {
  if (!large_) return;
  for (std::size_t i = 0; i < run_charts; ++i) {
    large_ =
        (*large_ + run_charts + static_cast<std::size_t>(by + static_cast<int>(run_charts))) % run_charts;
    if (charts_[*large_].shown) return;
  }
}

void RunPanel::reset_ranges() {
  for (std::size_t i = 0; i < run_charts; ++i)
    if (charts_[i].widget && (!large_ || large_ == i)) charts_[i].widget->set_range(std::nullopt);
}

void RunPanel::toggle_log(std::size_t chart) {
  charts_[chart].log = !charts_[chart].log;
  stale_ = true;
}

void RunPanel::draw() {
  take_news();
  const float left = 18 * ImGui::GetFontSize();
  ImGui::BeginChild("left", {left, 0});
  draw_runs();
  if (predicted_)
    predictions_->draw_side();
  else
    draw_chart_list();
  draw_events();
  ImGui::EndChild();
  ImGui::SameLine();
  // While the mouse is over a plot the wheel zooms it; beside, it scrolls.
  ImGui::BeginChild("right", {0, 0}, false, wheel_is_charts_ ? ImGuiWindowFlags_NoScrollWithMouse : 0);
  if (predicted_)
    draw_predictions();
  else
    draw_charts();
  ImGui::EndChild();
  draw_add();
  draw_export();
}

void RunPanel::draw_charts() {
  wheel_is_charts_ = false;
  const float em = ImGui::GetFontSize();
  const ImVec2 room = ImGui::GetContentRegionAvail();
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < run_charts; ++i)
    if (large_ ? *large_ == i : charts_[i].shown) shown.push_back(i);
  for (const auto i : shown) widget(i);
  if (stale_) rebuild();
  if (shown.empty()) {
    ImGui::TextDisabled("No chart is chosen: tick some on the left.");
    return;
  }
  const std::size_t columns = shown.size() > 1 && room.x > 44 * em ? 2 : 1;
  const auto rows = static_cast<float>((shown.size() + columns - 1) / columns);
  const float space = 0.4f * em;
  const float least = shown.size() == 1 ? 0 : 15 * em;
  const bool scrolls = (room.y - (rows - 1) * space) / rows < least;
  const float height = std::max((room.y - (rows - 1) * space) / rows, least);
  const float bar = scrolls ? ImGui::GetStyle().ScrollbarSize : 0;
  const float whole = (ImGui::GetScrollMaxY() > 0 ? room.x : room.x - bar);
  const float width = (whole - static_cast<float>(columns - 1) * space) / static_cast<float>(columns);
  const ImVec2 origin = ImGui::GetCursorPos();
  for (std::size_t k = 0; k < shown.size(); ++k) {
    ImGui::SetCursorPos({origin.x + static_cast<float>(k % columns) * (width + space),
                         origin.y + static_cast<float>(k / columns) * (height + space)});
    draw_chart(shown[k], {width, height});
  }
}

void RunPanel::draw_chart(std::size_t chart, ImVec2 size) {
  ImGui::PushID(static_cast<int>(chart));
  ImGui::BeginGroup();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ChartWidget& shown = widget(chart);
  shown.draw(cat("chart-", run_chart_table()[chart].key), size, context_);
  wheel_is_charts_ |= shown.takes_wheel();
  draw_kept_points(chart, at, size);
  draw_chart_buttons(chart, at, size.x);
  ImGui::EndGroup();
  ImGui::PopID();
}

void RunPanel::draw_chart_buttons(std::size_t chart, ImVec2 at, float width) {
  const float em = ImGui::GetFontSize();
  const RunChartInfo& info = run_chart_table()[chart];
  float x = at.x + width - 0.4f * em;
  const auto button = [&](const char* label, const char* what, const char* tip) {
    const float wide = std::max(1.7f * em, ImGui::CalcTextSize(label).x + 0.7f * em);
    x -= wide;
    ImGui::SetCursorScreenPos({x, at.y + 0.4f * em});
    const bool pressed = ImGui::Button(label, {wide, 1.5f * em});
    context_.tags.mark(cat(what, "-", info.key));
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", tip);
    x -= 0.25f * em;
    return pressed;
  };
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {0, 0});
  if (button(large_ ? "↙" : "↗", "enlarge", large_ ? "Back to all charts" : "This chart alone"))
    enlarge(chart);
  if (button("↓", "export", "Save as PNG, SVG or CSV")) begin_export(chart);
  if (widget(chart).chart().has_own_range() && button("↺", "reset", "Everything (double click)"))
    widget(chart).set_range(std::nullopt);
  if (info.may_be_log) {
    const bool log = charts_[chart].log;
    if (log) ImGui::PushStyleColor(ImGuiCol_Text, vec4(context_.theme.accent));
    const bool pressed =
        button(log ? "log" : "lin", "log", log ? "To a linear axis" : "To a logarithmic axis");
    if (log) ImGui::PopStyleColor();
    if (pressed) toggle_log(chart);
  }
  ImGui::PopStyleVar();
}

std::vector<Shortcut> RunPanel::shortcuts() {
  std::vector<Shortcut> all;
  if (predicted_) {
    all = predictions_->shortcuts();
    all.push_back({"Escape", "Close the predictions", [this] { close_predictions(); }});
    return all;
  }
  for (std::size_t i = 0; i < std::min<std::size_t>(run_charts, 9); ++i)
    all.push_back(
        {cat(i + 1), cat(run_chart_table()[i].name, ": large, and back"), [this, i] { enlarge(i); }});
  all.push_back({"n Right", "Next chart, when one is large", [this] { step_large(1); }});
  all.push_back({"p Left", "Previous chart, when one is large", [this] { step_large(-1); }});
  all.push_back({"Escape", "All charts", [this] { large_.reset(); }});
  all.push_back({"l", "Losses: logarithmic or linear axis", [this] {
                   if (large_ && run_chart_table()[*large_].may_be_log) return toggle_log(*large_);
                   const bool log = !charts_[0].log;
                   for (const char* key : {"loss", "step_loss"}) charts_[number_of(key)].log = log;
                   stale_ = true;
                 }});
  all.push_back({"r Home", "Everything in range again", [this] { reset_ranges(); }});
  all.push_back({"a", "Add a run", [this] { open_add_ = true; }});
  all.push_back({"e", "Save the large chart", [this] { begin_export(large_.value_or(0)); }});
  return all;
}

const char* RunPanel::mouse_help() const {
  return "move; right button: zoom to a box; wheel: zoom; double click: everything; click on a point of "
         "the validation Dice: the epoch's predictions";
}

std::size_t RunPanel::number_of(const std::string& key) const {
  for (std::size_t i = 0; i < run_charts; ++i)
    if (key == run_chart_table()[i].key) return i;
  throw ConfigError(cat("there is no chart '", key.substr(0, 64), "'"));
}

void RunPanel::theme_changed() {
  for (auto& chart : charts_)
    if (chart.widget) chart.widget->set_theme(context_.theme);
  if (predictions_) predictions_->theme_changed();
}

View& RunPanel::main_view() {
  while (busy()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  take_news();
  if (predicted_) {
    for (; predictions_->busy(); std::this_thread::sleep_for(std::chrono::milliseconds(5)))
      predictions_->step();
    return predictions_->main_view();
  }
  std::size_t chart = 0;
  while (chart + 1 < run_charts && !(large_ ? *large_ == chart : charts_[chart].shown)) ++chart;
  ChartWidget& shown = widget(chart);
  rebuild();
  shown.set_font(18);
  return shown.view();
}

}  // namespace scaffold::viewer
