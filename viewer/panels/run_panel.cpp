#include "panels/run_panel.hpp"

#include <imgui.h>

#include <algorithm>
#include <thread>

#include "core/error.hpp"
#include "core/text.hpp"
#include "panels/run_facts.hpp"
#include "ui/flow.hpp"

namespace scaffold::viewer {
namespace {

void rest() { std::this_thread::sleep_for(std::chrono::milliseconds(5)); }

}  // namespace

RunPanel::RunPanel(Context& context)
    : context_(context),
      runs_(context),
      side_(runs_, context),
      epoch_(runs_, context),
      charts_(
          runs_, context, [this](std::size_t chart) { begin_export(chart); },
          [this](std::size_t chart, const ChartWidget& widget, ImVec2 at, ImVec2 size) {
            if (run_chart_table()[chart].chart == RunChart::score)
              epoch_.draw_points(widget, at, size,
                                 [this](std::size_t run, double epoch) { return charts_.along(run, epoch); });
          }),
      export_(charts_, context) {
  for (const auto& part : {runs_.properties(), epoch_.properties(), charts_.properties()})
    properties_.include(part);
}

RunPanel::RunPanel(const fs::path& folder, Context& context) : RunPanel(context) {
  std::error_code error;
  first_ = fs::absolute(folder, error).lexically_normal();
  if (!first_.has_filename()) first_ = first_.parent_path();
  if (!fs::is_directory(first_, error)) throw DataError(cat("'", first_.string(), "' is no run folder"));
  runs_.add(first_);
}

RunPanel::RunPanel(const AttachTarget& target, Context& context) : RunPanel(context) {
  first_ = target.local_folder();
  attach(target);
}

std::string RunPanel::title() const {
  const std::string name = first_.empty() ? runs_[0].name : short_name(first_);
  if (runs_.size() > 1) return cat("runs ", name, " + ", runs_.size() - 1);
  return name.starts_with("run") ? name : "run " + name;
}

void RunPanel::take_news() {
  runs_.take_news();
  epoch_.step();
}

void RunPanel::draw() {
  take_news();
  ImGui::BeginChild("left", {18 * ImGui::GetFontSize(), 0});
  side_.draw();
  if (epoch_.run())
    epoch_.predictions().draw_side();
  else
    draw_chart_list();
  if (const auto clicked = draw_events(*runs_[runs_.chosen()].data, context_))
    epoch_.open(runs_.chosen(), *clicked);
  ImGui::EndChild();
  ImGui::SameLine();
  // While the mouse is over a plot the wheel zooms it; beside, it scrolls.
  ImGui::BeginChild("right", {0, 0}, false, charts_.takes_wheel() ? ImGuiWindowFlags_NoScrollWithMouse : 0);
  if (epoch_.run())
    draw_predictions();
  else
    charts_.draw();
  ImGui::EndChild();
  side_.draw_dialog();
  export_.draw();
}

void RunPanel::draw_chart_list() {
  ImGui::Separator();
  ImGui::TextUnformatted("Charts");
  charts_.draw_choice();
  wrapped(context_.theme.faint,
          "Wheel: zoom. Drag: move; right button: zoom to a box. Double click: everything.");
  if (export_.notice().empty()) return;
  ImGui::Separator();
  wrapped(context_.theme.good, export_.notice());
}

/// The score's curve stays in sight above the pictures where there is room for both.
void RunPanel::draw_predictions() {
  const float em = ImGui::GetFontSize();
  const ImVec2 room = ImGui::GetContentRegionAvail();
  float used = 0;
  if (room.y > 34 * em) {
    const float height = std::clamp(0.26f * room.y, 11 * em, 16 * em);
    charts_.draw_one(chart_number(RunChart::score), {room.x, height});
    used = height + ImGui::GetStyle().ItemSpacing.y;
  }
  if (epoch_.run() && epoch_.predictions().draw({room.x, room.y - used})) epoch_.close();
}

std::vector<Shortcut> RunPanel::shortcuts() {
  if (epoch_.run()) return epoch_.shortcuts();
  auto all = charts_.shortcuts();
  all.push_back({"Ctrl+N", "Add a run", [this] { side_.ask_for_run(); }});
  all.push_back({"Ctrl+E", "Export the large chart", [this] { begin_export(charts_.large().value_or(0)); }});
  return all;
}

const char* RunPanel::mouse_help() const {
  return "move; right button: zoom to a box; wheel: zoom; double click: everything; click on a point of "
         "the score's curve: the epoch's predictions";
}

void RunPanel::theme_changed() {
  charts_.theme_changed();
  epoch_.theme_changed();
}

View& RunPanel::main_view() {
  for (; busy(); rest()) epoch_.step();
  take_news();
  for (; epoch_.busy(); rest()) epoch_.step();
  return epoch_.run() ? epoch_.predictions().main_view() : charts_.main_view();
}

nlohmann::json RunPanel::found() const {
  return {
      {"runs", runs_.found()}, {"loading", busy()}, {"said", side_.said()}, {"prediction", epoch_.found()}};
}

}  // namespace scaffold::viewer
