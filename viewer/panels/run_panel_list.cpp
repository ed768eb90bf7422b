// The left column of a run panel: runs and what they came to, charts, and the popup that adds runs.
#include <imgui.h>

#include <algorithm>
#include <cstring>

#include "core/counted.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "panels/run_panel.hpp"
#include "run/artifact.hpp"
#include "run/summary.hpp"

namespace scaffold::viewer {
namespace {

struct StatusText {
  const char* text;
  const char* tip;
  bool good, bad;
};

StatusText status_text(const std::string& status) {
  if (status == "converged") return {"converged", "The target Dice was reached", true, false};
  if (status == "running") return {"running", "Written within the last ten minutes; followed", true, false};
  if (status == "epochs_exhausted")
    return {"out of epochs", "Stopped without reaching the target", false, false};
  if (status == "interrupted") return {"interrupted", "A signal ended it; it can be restarted", false, true};
  if (status == "failed") return {"failed", "See events.jsonl and log.txt", false, true};
  if (status == "no end")
    return {"no end", "Nothing has been written for ten minutes, and no end is recorded: killed?", false,
            true};
  if (status == "killed")
    return {"killed", "Its process has gone without a farewell; it can be restarted", false, true};
  if (status == "not begun")
    return {"nothing yet", "Neither train_stats.csv nor events.jsonl is there", false, false};
  return {"unknown end", "The log names an end that this version does not know", false, true};
}

void draw_report(const ReportSummary& report, const Theme& theme, bool all) {
  if (report.fom_seconds)
    ImGui::TextUnformatted(cat("figure of merit ", fixed(*report.fom_seconds, 2), " s").c_str());
  if (!all) return;
  if (!report.fom_seconds) ImGui::TextUnformatted("no figure of merit");
  std::string line = report.official ? "may count in an official result" : "not official", reasons;
  if (!report.official && !report.reasons.empty()) line += ": " + report.reasons[0];
  if (report.reasons.size() > 1) line += cat(" and ", report.reasons.size() - 1, " more");
  for (const auto& reason : report.reasons) reasons += (reasons.empty() ? "" : "\n") + reason;
  ImGui::PushStyleColor(ImGuiCol_Text, vec4(report.official ? theme.good : theme.faint));
  ImGui::TextWrapped("%s", line.c_str());
  ImGui::PopStyleColor();
  if (!reasons.empty() && ImGui::IsItemHovered()) ImGui::SetTooltip("%s", reasons.c_str());
}

}  // namespace

void RunPanel::draw_runs() {
  ImGui::TextUnformatted(runs_.size() > 1 ? "Runs" : "Run");
  // Many runs scroll by themselves, so that the list of charts stays in sight.
  const float charts = (run_charts + 2) * ImGui::GetFrameHeightWithSpacing() + 7 * ImGui::GetTextLineHeight();
  const float room = std::max(ImGui::GetContentRegionAvail().y - charts, 12 * ImGui::GetFontSize());
  ImGui::BeginChild("runs", {0, runs_height_ > 0 ? std::min(runs_height_, room) : room});
  std::optional<std::size_t> removed;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    ImGui::PushID(&runs_[i].following());
    draw_run(i);
    if (runs_.size() > 1) {
      const float button = 1.5f * ImGui::GetFontSize();
      ImGui::SameLine(ImGui::GetContentRegionMax().x - button);
      if (ImGui::Button("×", {button, 0})) removed = i;
      context_.tags.mark(cat("remove-run-", i));
      if (ImGui::IsItemHovered()) ImGui::SetTooltip("Take it off this panel");
    }
    draw_live(i);
    draw_facts(runs_[i], runs_.size() < 4 || i == chosen_);
    ImGui::PopID();
  }
  runs_height_ = ImGui::GetCursorPosY();
  ImGui::EndChild();
  if (removed) {
    if (predicted_ == *removed)
      close_predictions();
    else if (predicted_ && *predicted_ > *removed)
      --*predicted_;
    runs_.erase(runs_.begin() + static_cast<std::ptrdiff_t>(*removed));
    if (chosen_ >= runs_.size() || chosen_ > *removed) chosen_ = chosen_ > 0 ? chosen_ - 1 : 0;
    stale_ = true;
  }
  if (ImGui::Button("Add run…", {-1, 0})) open_add_ = true;
  context_.tags.mark("add-run");
  draw_checkpoints();
}

/// The chosen run's, each opened in a tab of its own.
void RunPanel::draw_checkpoints() {
  if (ImGui::Button("Open a checkpoint…", {-1, 0})) {
    checkpoints_.clear();
    std::error_code error;
    fs::directory_iterator at(runs_[chosen_].folder / "checkpoints", error);
    for (const fs::directory_iterator end; !error && at != end && checkpoints_.size() < 100;
         at.increment(error))
      if (at->path().extension() == ".h5") checkpoints_.push_back(at->path());
    std::sort(checkpoints_.begin(), checkpoints_.end());
    ImGui::OpenPopup("checkpoints");
  }
  context_.tags.mark("checkpoints");
  if (!ImGui::BeginPopup("checkpoints")) return;
  if (checkpoints_.empty()) ImGui::TextDisabled("this run's folder holds none: see checkpoint_interval");
  for (const auto& path : checkpoints_) {
    if (ImGui::Selectable(path.filename().string().c_str())) context_.open(path);
    context_.tags.mark("checkpoint-" + path.stem().string());
  }
  ImGui::EndPopup();
}

void RunPanel::draw_run(std::size_t number) {
  Run& run = runs_[number];
  const float em = ImGui::GetFontSize();
  if (runs_.size() > 1) {
    if (ImGui::RadioButton("##chosen", chosen_ == number)) {
      chosen_ = number;
      stale_ = true;
    }
    context_.tags.mark(cat("choose-run-", number));
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("The run whose classes and target are drawn");
    ImGui::SameLine();
  }
  stale_ |= ImGui::Checkbox("##visible", &run.visible);
  context_.tags.mark(cat("show-run-", number));
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Draw it");
  ImGui::SameLine();
  if (runs_.size() > 1) {  // a single run's curves have the colors of what they are
    stale_ |= ImGui::ColorEdit3("##colour", &run.color.r,
                                ImGuiColorEditFlags_NoInputs | ImGuiColorEditFlags_NoLabel);
    context_.tags.mark(cat("colour-run-", number));
    ImGui::SameLine();
  }
  std::array<char, 256> name{};
  std::strncpy(name.data(), run.name.c_str(), name.size() - 1);
  ImGui::SetNextItemWidth(runs_.size() > 1 ? -2 * em : -1);
  if (ImGui::InputText("##name", name.data(), name.size())) {
    run.name = name.data();
    stale_ = true;
  }
  context_.tags.mark(cat("name-run-", number));
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", run.folder.string().c_str());
}

void RunPanel::draw_facts(const Run& run, bool all) const {
  const RunData& data = *run.data;
  const Theme& theme = context_.theme;
  if (run.following().loading()) {
    ImGui::TextDisabled("%s", cat("reading…  ", counted(data.epochs.size(), "epoch"), " so far").c_str());
    return;
  }
  const StatusText status = status_text(status_of(run));
  ImGui::TextColored(vec4(status.bad ? theme.bad : status.good ? theme.good : theme.text), "%s", status.text);
  if (ImGui::IsItemHovered())
    ImGui::SetTooltip("%s%s%s", status.tip, data.report ? "\n" : "",
                      data.report ? data.report->message.c_str() : "");
  ImGui::SameLine();
  std::string count = "· " + counted(data.epochs.size(), "epoch");
  if (!data.restarts.empty()) count += " · " + counted(data.restarts.size(), "restart");
  ImGui::TextUnformatted(count.c_str());
  if (const auto best = data.best())
    ImGui::TextUnformatted(cat("best Dice ", score_text(best->first), " in epoch ", best->second).c_str());
  if (all) draw_progress(run);
  if (data.report) draw_report(*data.report, theme, all);
  const bool awaited = run.live && data.changed == 0;  // said with the connection
  for (const auto& problem : awaited ? std::vector<std::string>{} : data.problems) {
    ImGui::PushStyleColor(ImGuiCol_Text, vec4(theme.bad));
    ImGui::TextWrapped("%s", problem.c_str());
    ImGui::PopStyleColor();
  }
  ImGui::Dummy({0, 0.3f * ImGui::GetFontSize()});
}

void RunPanel::draw_chart_list() {
  ImGui::Separator();
  ImGui::TextUnformatted("Charts");
  for (std::size_t i = 0; i < run_charts; ++i) {
    const RunChartInfo& info = run_chart_table()[i];
    ImGui::Checkbox(info.name, &charts_[i].shown);
    context_.tags.mark(cat("show-chart-", info.key));
  }
  ImGui::PushStyleColor(ImGuiCol_Text, vec4(context_.theme.faint));
  ImGui::TextWrapped("Wheel: zoom. Drag: move; right button: zoom to a box. Double click: everything.");
  ImGui::PopStyleColor();
  if (!notice_.empty()) {
    ImGui::Separator();
    ImGui::PushStyleColor(ImGuiCol_Text, vec4(context_.theme.good));
    ImGui::TextWrapped("%s", notice_.c_str());
    ImGui::PopStyleColor();
  }
}

void RunPanel::draw_add() {
  const float em = ImGui::GetFontSize();
  if (open_add_) {
    open_add_ = false;
    add_problem_.clear();
    offered_.clear();
    for (const auto& path : context_.known("run"))
      if (is_run_folder(path) &&
          std::none_of(runs_.begin(), runs_.end(), [&](const Run& r) { return r.folder == path; }))
        offered_.push_back(path);
    ImGui::OpenPopup("Add run");
  }
  ImGui::SetNextWindowPos(ImGui::GetMainViewport()->GetCenter(), ImGuiCond_Appearing, {0.5f, 0.5f});
  if (!ImGui::BeginPopup("Add run")) return;
  ImGui::TextUnformatted("A run folder, or a folder of several");
  ImGui::SetNextItemWidth(30 * em);
  if (ImGui::IsWindowAppearing()) ImGui::SetKeyboardFocusHere();
  bool typed = ImGui::InputText("##path", typed_.data(), typed_.size(), ImGuiInputTextFlags_EnterReturnsTrue);
  context_.tags.mark("add-run-path");
  ImGui::SameLine();
  typed |= ImGui::Button("Add");
  context_.tags.mark("add-run-ok");
  if (typed) add_typed();
  if (!add_problem_.empty()) {
    ImGui::PushTextWrapPos(34 * em);
    ImGui::TextColored(vec4(context_.theme.bad), "%s", add_problem_.c_str());
    ImGui::PopTextWrapPos();
  }
  if (!offered_.empty()) ImGui::TextDisabled("Open, or lately");
  for (std::size_t i = 0; i < offered_.size(); ++i) {
    if (ImGui::Selectable(offered_[i].string().c_str())) add_run(offered_[i]);
    context_.tags.mark(cat("add-run-", i));
  }
  ImGui::EndPopup();
}

void RunPanel::add_typed() {
  try {
    std::size_t added = 0, found = 0;
    for (const auto& thing : recognize(typed_.data()))
      if (thing.thing == ArtifactKind::run) {
        ++found;
        added += add_run(thing.path);
      }
    add_problem_ = found == 0   ? cat("'", typed_.data(), "' holds no run")
                   : added == 0 ? "it is shown already, or there are too many runs"
                                : "";
  } catch (const Error& error) {
    add_problem_ = error.what();
  }
  if (add_problem_.empty()) {
    typed_.fill(0);
    ImGui::CloseCurrentPopup();
  }
}

}  // namespace scaffold::viewer
