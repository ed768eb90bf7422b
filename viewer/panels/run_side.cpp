#include "panels/run_side.hpp"

#include <imgui.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/error.hpp"
#include "core/text.hpp"
#include "panels/run_charts.hpp"
#include "panels/run_facts.hpp"
#include "run/artifact.hpp"
#include "ui/dialog.hpp"

namespace scaffold::viewer {

void AddRunDialog::begin() {
  problem_.clear();
  offered_.clear();
  for (const auto& path : context_.known("run"))
    if (is_run_folder(path) && std::ranges::find(runs_, path, &ShownRun::folder) == runs_.end())
      offered_.push_back(path);
  ImGui::OpenPopup("Add run");
}

void AddRunDialog::draw() {
  const float em = ImGui::GetFontSize();
  if (const fs::path chosen = std::exchange(browsed_, {}); !chosen.empty()) {
    typed_.fill(0);
    std::strncpy(typed_.data(), chosen.c_str(), typed_.size() - 1);
    if (!add_typed()) {
      const std::string why = problem_;
      begin();
      problem_ = why;
    }
  }
  if (std::exchange(open_, false)) begin();
  if (!begin_dialog("Add run")) return;
  ImGui::TextUnformatted("A run folder, or a folder of several");
  ImGui::SetNextItemWidth(30 * em);
  if (ImGui::IsWindowAppearing()) ImGui::SetKeyboardFocusHere();
  bool typed = ImGui::InputText("##path", typed_.data(), typed_.size(), ImGuiInputTextFlags_EnterReturnsTrue);
  context_.tags.mark("add-run-path");
  if (ImGui::Button("Browse…")) {
    ImGui::CloseCurrentPopup();
    // Whoever closes the tab meanwhile has no use for the answer.
    context_.browse("Add a run", [this, there = std::weak_ptr(there_)](const fs::path& path) {
      if (there.lock()) browsed_ = path;
    });
  }
  context_.tags.mark("add-run-browse");
  ImGui::SameLine();
  typed |= dialog_buttons("Add", "add-run-ok", "add-run-cancel", context_, true);
  if (typed && add_typed()) ImGui::CloseCurrentPopup();
  if (!problem_.empty()) {
    ImGui::PushTextWrapPos(34 * em);
    ImGui::TextColored(vec4(context_.theme.bad), "%s", problem_.c_str());
    ImGui::PopTextWrapPos();
  }
  if (!offered_.empty()) ImGui::TextDisabled("Open, or lately");
  for (std::size_t i = 0; i < offered_.size(); ++i) {
    if (ImGui::Selectable(offered_[i].string().c_str())) runs_.add(offered_[i]);
    context_.tags.mark(cat("add-run-", i));
  }
  end_dialog();
}

/// Whether a run was added; else the problem says why not.
bool AddRunDialog::add_typed() {
  try {
    std::size_t added = 0, found = 0;
    for (const auto& thing : recognize(typed_.data()))
      if (thing.thing == ArtifactKind::run) {
        ++found;
        added += runs_.add(thing.path);
      }
    problem_ = found == 0   ? cat("'", typed_.data(), "' holds no run")
               : added == 0 ? "it is shown already, or there are too many runs"
                            : "";
  } catch (const Error& error) {
    problem_ = error.what();
  }
  if (!problem_.empty()) return false;
  typed_.fill(0);
  return true;
}

void RunSide::draw() {
  ImGui::TextUnformatted(runs_.size() > 1 ? "Runs" : "Run");
  // Many runs scroll by themselves, so that the list of charts stays in sight.
  const auto choices = std::ranges::count_if(
      run_chart_table(), [&](const RunChartInfo& chart) { return runs_.measure(chart.metric); });
  const float charts =
      static_cast<float>(choices + 2) * ImGui::GetFrameHeightWithSpacing() + 7 * ImGui::GetTextLineHeight();
  const float room = std::max(ImGui::GetContentRegionAvail().y - charts, 12 * ImGui::GetFontSize());
  ImGui::BeginChild("runs", {0, height_ > 0 ? std::min(height_, room) : room});
  std::optional<std::size_t> removed;
  for (std::size_t i = 0; i < runs_.size(); ++i)
    if (draw_run(i)) removed = i;
  height_ = ImGui::GetCursorPosY();
  ImGui::EndChild();
  if (removed) runs_.remove(*removed);
  if (ImGui::Button("Add run…", {-1, 0})) add_.show();
  context_.tags.mark("add-run");
  draw_checkpoints();
}

/// Whether it is to be removed.
bool RunSide::draw_run(std::size_t number) {
  bool removed = false;
  ImGui::PushID(&runs_[number].following());
  draw_name(number);
  if (runs_.size() > 1) {
    const float button = 1.5f * ImGui::GetFontSize();
    ImGui::SameLine(ImGui::GetContentRegionMax().x - button);
    removed = ImGui::Button("×", {button, 0});
    context_.tags.mark(cat("remove-run-", number));
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("Take it off this panel");
  }
  live_.draw(number);
  draw_facts(runs_[number], runs_.size() < 4 || number == runs_.chosen(), context_.theme);
  ImGui::PopID();
  return removed;
}

void RunSide::draw_name(std::size_t number) {
  ShownRun& run = runs_[number];
  const bool several = runs_.size() > 1;  // a single run's curves have the colors of what they are
  bool changed = false;
  if (several) {
    if (ImGui::RadioButton("##chosen", runs_.chosen() == number)) runs_.choose(number);
    context_.tags.mark(cat("choose-run-", number));
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("The run whose classes and target are drawn");
    ImGui::SameLine();
  }
  changed |= ImGui::Checkbox("##visible", &run.visible);
  context_.tags.mark(cat("show-run-", number));
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Draw it");
  ImGui::SameLine();
  if (several) {
    changed |= ImGui::ColorEdit3("##colour", &run.color.r,
                                 ImGuiColorEditFlags_NoInputs | ImGuiColorEditFlags_NoLabel);
    context_.tags.mark(cat("colour-run-", number));
    ImGui::SameLine();
  }
  std::array<char, 256> name{};
  std::strncpy(name.data(), run.name.c_str(), name.size() - 1);
  ImGui::SetNextItemWidth(several ? -2 * ImGui::GetFontSize() : -1);
  if (ImGui::InputText("##name", name.data(), name.size())) {
    run.name = name.data();
    changed = true;
  }
  context_.tags.mark(cat("name-run-", number));
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", run.folder.string().c_str());
  if (changed) runs_.changed();
}

/// The chosen run's, each opened in a tab of its own.
void RunSide::draw_checkpoints() {
  if (ImGui::Button("Open a checkpoint…", {-1, 0})) {
    checkpoints_.clear();
    std::error_code error;
    fs::directory_iterator at(runs_[runs_.chosen()].folder / "checkpoints", error);
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

}  // namespace scaffold::viewer
