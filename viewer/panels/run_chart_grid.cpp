#include "panels/run_chart_grid.hpp"

#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold::viewer {

namespace {

bool by_step(RunChart chart) {
  return chart == RunChart::step_loss || chart == RunChart::gradient_norm || chart == RunChart::throughput ||
         chart == RunChart::flops;
}

/// Whether it shares the x axis with the others.
bool over_axis(RunChart chart, RunAxis axis) {
  return chart != RunChart::ranks && (chart != RunChart::phases || axis == RunAxis::epochs);
}

}  // namespace

ChartGrid::ChartGrid(const RunList& runs, Context& context, Save save, Over over)
    : runs_(runs), context_(context), save_(std::move(save)), over_(std::move(over)) {
  charts_.resize(run_chart_table().size());
  for (std::size_t i = 0; i < charts_.size(); ++i) charts_[i].shown = i < 6 || run_chart_table()[i].metric;
  for (const char* key : {"loss", "step_loss"}) charts_[chart_number(key)].log = true;
}

bool ChartGrid::is_there(std::size_t chart) const { return runs_.measure(run_chart_table()[chart].metric); }

bool ChartGrid::is_shown(std::size_t chart) const {
  return large_ ? large_ == chart : charts_[chart].shown && is_there(chart);
}

ChartWidget& ChartGrid::widget(std::size_t chart) {
  auto& widget = charts_[chart].widget;
  if (!widget) {
    widget = std::make_unique<ChartWidget>();
    widget->set_theme(context_.theme);
    built_ = 0;
  }
  return *widget;
}

/// Contents of all charts that have been drawn so far.
void ChartGrid::rebuild() {
  built_ = runs_.version();
  measure_along();
  std::vector<RunCurve> curves;
  std::size_t chosen = 0;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    if (!runs_[i].visible) continue;
    if (i <= runs_.chosen()) chosen = curves.size();
    curves.push_back({runs_[i].name, runs_[i].color, runs_[i].data, along_[i]});
  }
  for (std::size_t i = 0; i < charts_.size(); ++i) {
    if (!charts_[i].widget) continue;
    const RunChartInfo& info = run_chart_table()[i];
    Chart content = run_chart(info, curves, chosen, charts_[i].log, axis_);
    if (by_step(info.chart))
      for (ChartSeries& series : content.series) smooth(series, static_cast<double>(smoothing_));
    charts_[i].widget->set(std::move(content));
  }
}

/// Where each run's epochs lie on the axis.
void ChartGrid::measure_along() {
  double first = std::numeric_limits<double>::infinity();
  for (const ShownRun& run : runs_)
    if (const double start = began(*run.data); start > 0) first = std::min(first, start);
  along_.assign(runs_.size(), nullptr);
  for (std::size_t i = 0; axis_ != RunAxis::epochs && i < runs_.size(); ++i)
    along_[i] = std::make_shared<const AlongRun>(*runs_[i].data, axis_, first);
}

double ChartGrid::along(std::size_t run, double epoch) const {
  return run < along_.size() && along_[run] ? (*along_[run])(epoch) : epoch;
}

/// Another axis has other ranges.
void ChartGrid::set_axis(RunAxis axis) {
  if (axis == axis_) return;
  axis_ = axis;
  cursor_.reset();
  for (auto& chart : charts_)
    if (chart.widget) chart.widget->set_range(std::nullopt);
  built_ = 0;
}

ChartWidget& ChartGrid::up_to_date(std::size_t chart) {
  ChartWidget& shown = widget(chart);
  if (built_ != runs_.version()) rebuild();
  return shown;
}

void ChartGrid::enlarge(std::size_t chart) { large_ = large_ == chart ? std::nullopt : std::optional(chart); }

void ChartGrid::step_large(int by) {
  if (!large_) return;
  const std::size_t all = charts_.size();
  for (std::size_t i = 0; i < all; ++i) {
    large_ = (*large_ + all + static_cast<std::size_t>(by + static_cast<int>(all))) % all;
    if (charts_[*large_].shown && is_there(*large_)) return;
  }
}

void ChartGrid::reset_ranges() {
  for (std::size_t i = 0; i < charts_.size(); ++i)
    if (charts_[i].widget && (!large_ || large_ == i)) charts_[i].widget->set_range(std::nullopt);
}

void ChartGrid::toggle_log(std::size_t chart) {
  charts_[chart].log = !charts_[chart].log;
  built_ = 0;
}

void ChartGrid::toggle_losses() {
  if (large_ && run_chart_table()[*large_].may_be_log) return toggle_log(*large_);
  const bool log = !charts_[0].log;
  for (const char* key : {"loss", "step_loss"}) charts_[chart_number(key)].log = log;
  built_ = 0;
}

void ChartGrid::draw() {
  takes_wheel_ = false;
  cursor_ = std::exchange(next_cursor_, std::nullopt);
  const float em = ImGui::GetFontSize();
  const ImVec2 room = ImGui::GetContentRegionAvail();
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < charts_.size(); ++i)
    if (is_shown(i)) shown.push_back(i);
  for (const auto i : shown) widget(i);
  if (shown.empty()) {
    ImGui::TextDisabled("No chart is chosen: tick some on the left.");
    return;
  }
  const std::size_t columns = shown.size() > 1 && room.x > 44 * em ? 2 : 1;
  const std::size_t lines = (shown.size() + columns - 1) / columns;
  const auto rows = static_cast<float>(lines);
  const float space = 0.4f * em;
  const float least = shown.size() == 1 ? 0 : 15 * em;
  const bool scrolls = (room.y - (rows - 1) * space) / rows < least;
  const float height = std::max((room.y - (rows - 1) * space) / rows, least);
  const float bar = scrolls ? ImGui::GetStyle().ScrollbarSize : 0;
  const float whole = (ImGui::GetScrollMaxY() > 0 ? room.x : room.x - bar);
  const float width = (whole - static_cast<float>(columns - 1) * space) / static_cast<float>(columns);
  const ImVec2 origin = ImGui::GetCursorPos();
  for (std::size_t k = 0; k < shown.size(); ++k) {
    const std::size_t line = k / columns;
    ImGui::SetCursorPos({origin.x + static_cast<float>(k % columns) * (width + space),
                         origin.y + static_cast<float>(line) * (height + space)});
    draw_one(shown[k], {width, height});
  }
}

void ChartGrid::draw_one(std::size_t chart, ImVec2 size) {
  ImGui::PushID(static_cast<int>(chart));
  ImGui::BeginGroup();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ChartWidget& shown = up_to_date(chart);
  const bool shares = over_axis(run_chart_table()[chart].chart, axis_);
  shown.set_cursor(shares ? cursor_ : std::nullopt);
  shown.draw(cat("chart-", run_chart_table()[chart].key), size, context_);
  if (shares && shown.mouse_x()) next_cursor_ = shown.mouse_x();
  takes_wheel_ |= shown.takes_wheel();
  over_(chart, shown, at, size);
  draw_buttons(chart, at, size.x);
  ImGui::EndGroup();
  ImGui::PopID();
}

void ChartGrid::draw_buttons(std::size_t chart, ImVec2 at, float width) {
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
  if (button("↓", "export", "Save as PNG, SVG or CSV")) save_(chart);
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

void ChartGrid::draw_choice() {
  int axis = static_cast<int>(axis_);
  ImGui::SetNextItemWidth(-1);
  if (ImGui::Combo("##x axis", &axis,
                   "over epochs\0over seconds of training\0over optimizer steps\0over the clock\0"))
    set_axis(static_cast<RunAxis>(axis));
  context_.tags.mark("x-axis");
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("What the charts are drawn over (u: the next)");
  ImGui::SetNextItemWidth(-1);
  if (ImGui::SliderFloat("##smoothing", &smoothing_, 0, 0.99f, "smoothing %.2f",
                         ImGuiSliderFlags_AlwaysClamp))
    built_ = 0;
  context_.tags.mark("chart-smoothing");
  if (ImGui::IsItemHovered())
    ImGui::SetTooltip(
        "Of the charts by step: each point the mean of those before it, a point back with this weight");
  for (std::size_t i = 0; i < charts_.size(); ++i) {
    const RunChartInfo& info = run_chart_table()[i];
    if (!is_there(i)) continue;
    ImGui::Checkbox(info.name.c_str(), &charts_[i].shown);
    context_.tags.mark(cat("show-chart-", info.key));
  }
}

std::vector<Shortcut> ChartGrid::shortcuts() {
  std::vector<Shortcut> all;
  for (std::size_t i = 0; i < std::min<std::size_t>(charts_.size(), 9); ++i)
    all.push_back(
        {cat(i + 1), cat(run_chart_table()[i].name, ": large, and back"), [this, i] { enlarge(i); }});
  all.push_back({"n PageDown Right", "Next chart, when one is large", [this] { step_large(1); }});
  all.push_back({"p PageUp Left", "Previous chart, when one is large", [this] { step_large(-1); }});
  all.push_back({"Escape", "All charts", [this] { large_.reset(); }});
  all.push_back({"l", "Losses: logarithmic or linear axis", [this] { toggle_losses(); }});
  all.push_back({"u", "Units of the x axis: epochs, seconds, steps, clock",
                 [this] { set_axis(static_cast<RunAxis>((static_cast<int>(axis_) + 1) % 4)); }});
  all.push_back({"r", "Reset the axes: everything in range", [this] { reset_ranges(); }});
  return all;
}

void ChartGrid::theme_changed() {
  for (auto& chart : charts_)
    if (chart.widget) chart.widget->set_theme(context_.theme);
}

View& ChartGrid::main_view() {
  std::size_t chart = 0;
  while (chart < charts_.size() && !is_shown(chart)) ++chart;
  if (chart == charts_.size())
    throw ConfigError("no chart of the run is chosen: 'charts' names those to draw");
  ChartWidget& shown = widget(chart);
  rebuild();
  shown.set_font(18);
  return shown.view();
}

/// A list of the keys of those charts of which `member` holds.
void ChartGrid::declare_keys(Properties& all, const char* key, bool Entry::*member) {
  using Keys = std::vector<std::string>;
  all.add<Keys>(
      key,
      [this, member] {
        Keys keys;
        for (std::size_t i = 0; i < charts_.size(); ++i)
          if (charts_[i].*member) keys.emplace_back(run_chart_table()[i].key);
        return keys;
      },
      [this, member](const Keys& keys) {
        std::vector<bool> fresh(charts_.size());
        for (const auto& chart : keys) fresh[chart_number(chart)] = true;
        for (std::size_t i = 0; i < charts_.size(); ++i) charts_[i].*member = fresh[i];
        built_ = 0;
      });
}

Properties ChartGrid::properties() {
  Properties all;
  declare_keys(all, "charts", &Entry::shown);
  declare_keys(all, "log", &Entry::log);
  all.choice<RunAxis>(
      "x", run_axis_names, [this] { return axis_; }, [this](RunAxis axis) { set_axis(axis); });
  all.add<float>(
      "chart_smoothing", [this] { return smoothing_; },
      [this](float smoothing) {
        smoothing_ = std::isfinite(smoothing) ? std::clamp(smoothing, 0.f, 0.99f) : 0;
        built_ = 0;
      });
  all.add<std::string>(
      "large", [this] { return std::string(large_ ? run_chart_table()[*large_].key : ""); },
      [this](const std::string& key) {
        large_ = key.empty() ? std::nullopt : std::optional(chart_number(key));
      });
  all.add<nlohmann::json>(
      "ranges", [this] { return ranges(); }, [this](const nlohmann::json& given) { restore_ranges(given); });
  return all;
}

nlohmann::json ChartGrid::ranges() const {
  nlohmann::json all = nlohmann::json::object();
  for (std::size_t i = 0; i < charts_.size(); ++i) {
    if (!charts_[i].widget || !charts_[i].widget->chart().has_own_range()) continue;
    const ChartRange r = charts_[i].widget->chart().range();
    all[run_chart_table()[i].key] = {r.x_low, r.x_high, r.y_low, r.y_high};
  }
  return all;
}

void ChartGrid::restore_ranges(const nlohmann::json& ranges) {
  if (!ranges.is_object()) throw ConfigError("'ranges' is an object of [x_low, x_high, y_low, y_high]");
  for (const auto& chart : charts_)
    if (chart.widget) chart.widget->set_range(std::nullopt);
  for (const auto& [key, value] : ranges.items()) {
    const std::size_t chart = chart_number(key);
    const auto r = read_value<std::vector<double>>(key, value);
    if (r.size() != 4 ||
        !valid({r[0], r[1], r[2], r[3]}, charts_[chart].log && run_chart_table()[chart].may_be_log))
      throw ConfigError(
          cat("the range of '", key, "' is [x_low, x_high, y_low, y_high], not ", value.dump()));
    widget(chart);
    rebuild();  // the axis must be the one that the range is for
    charts_[chart].widget->set_range(ChartRange{r[0], r[1], r[2], r[3]});
  }
}

}  // namespace scaffold::viewer
