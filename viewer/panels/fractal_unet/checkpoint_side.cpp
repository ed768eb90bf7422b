#include "panels/fractal_unet/checkpoint_side.hpp"

#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/text.hpp"
#include "sources/fractal_unet/inference.hpp"
#include "ui/flow.hpp"

namespace scaffold::viewer {

void CheckpointSide::step_volume(int by) {
  if (evaluation_.subject().is_prediction) return;
  const auto to = list_.step(evaluation_.volume(), by);
  if (!to) return;
  list_.scroll_to_chosen();
  evaluation_.choose_volume(*to);
}

void CheckpointSide::draw_subject() {
  ImGui::TextWrapped("%s", evaluation_.subject().summary.c_str());
  ImGui::SetNextItemOpen(show_facts_);
  show_facts_ = ImGui::CollapsingHeader("All facts");
  context_.tags.mark("facts");
  if (!show_facts_ || !ImGui::BeginTable("facts", 2, ImGuiTableFlags_RowBg)) return;
  ImGui::TableSetupColumn("what", ImGuiTableColumnFlags_WidthFixed, 7.5f * ImGui::GetFontSize());
  for (const auto& [what, value] : evaluation_.subject().facts) {
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    ImGui::TextDisabled("%s", what.c_str());
    ImGui::TableNextColumn();
    ImGui::TextWrapped("%s", value.c_str());
  }
  ImGui::EndTable();
}

void CheckpointSide::draw_dataset() {
  const auto* dataset = evaluation_.dataset();
  const std::string& problem = evaluation_.dataset_problem();
  if (dataset) ImGui::TextDisabled("%s", dataset->title().c_str());
  if (!problem.empty()) wrapped(context_.theme.bad, problem);
  if (dataset && problem.empty()) return;
  if (!dataset) ImGui::TextWrapped("Choose or type its folder:");
  const auto candidates = [this] {
    std::vector<fs::path> all = context_.known("dataset");
    std::error_code error;
    std::erase_if(all, [&](const auto& path) { return !fs::is_regular_file(path / "index.json", error); });
    return all;
  };
  if (const auto folder = dataset_.draw("dataset", "folder of a dataset", candidates, context_))
    evaluation_.open_dataset(*folder);
}

void CheckpointSide::draw_volumes() {
  const std::int64_t volume = evaluation_.volume();
  if (evaluation_.subject().is_prediction) {
    ImGui::Text("Volume %s  (%s)", cat(volume).c_str(), evaluation_.dataset()->contents(volume).c_str());
    return;
  }
  const VolumeList::Column dice{"Dice",
                                [this](std::int64_t of) {
                                  const auto score = evaluation_.scores().find(of);
                                  return score == evaluation_.scores().end() ? "" : dice_text(score->second);
                                },
                                [this](std::int64_t of) {
                                  const auto score = evaluation_.scores().find(of);
                                  return score == evaluation_.scores().end() ? std::nan("") : score->second;
                                },
                                evaluation_.scores().size()};
  if (const auto chosen =
          list_.draw(*evaluation_.dataset(), volume,
                     std::max(6.5f * ImGui::GetTextLineHeightWithSpacing(), 0.3f * ImGui::GetWindowHeight()),
                     context_, dice))
    evaluation_.choose_volume(*chosen);
}

void CheckpointSide::draw_run() {
  if (evaluation_.busy())
    draw_work();
  else if (!evaluation_.subject().is_prediction)
    draw_button();
  if (evaluation_.has_answer()) {
    const Answer& is = *evaluation_.found().first;
    ImGui::TextDisabled("%s%s", is.seconds > 0 ? cat(human_seconds(is.seconds), " in ").c_str() : "",
                        is.precision.substr(0, is.precision.find(" (")).c_str());
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", is.precision.c_str());
  }
  if (!evaluation_.problem().empty()) wrapped(context_.theme.bad, evaluation_.problem());
}

void CheckpointSide::draw_work() {
  if (ImGui::Button("Cancel", {5 * ImGui::GetFontSize(), 0})) evaluation_.cancel();
  context_.tags.mark("cancel");
  ImGui::SameLine();
  const double done = evaluation_.progress();
  std::string text = evaluation_.running() ? "running" : "reading";
  if (evaluation_.cancelling())
    text = "stopping";
  else if (evaluation_.running() && done > 0.005 && done < 1)
    text =
        cat(fixed(100 * done, 0), " %, ", human_seconds(evaluation_.seconds() * (1 - done) / done), " left");
  ImGui::ProgressBar(static_cast<float>(done), {-1, 0}, text.c_str());
}

void CheckpointSide::draw_button() {
  ImGui::BeginDisabled(!can_infer());
  if (ImGui::Button(evaluation_.has_answer() ? "Run again (Enter)" : "Run the network (Enter)", {-1, 0}))
    evaluation_.run();
  context_.tags.mark("run");
  ImGui::EndDisabled();
  if (!can_infer())
    ImGui::TextWrapped("This viewer was built without LibTorch: it shows predictions, but makes none.");
}

std::vector<fs::path> CheckpointSide::second_candidates() const {
  const Subject& subject = evaluation_.subject();
  std::vector<fs::path> all, fit;
  if (!subject.is_prediction) all = checkpoints_beside(subject.path);
  for (const char* kind : {"checkpoint", "prediction"})
    for (auto& path : context_.known(kind)) all.push_back(std::move(path));
  std::error_code error;
  for (const auto& path : all)
    if (fs::is_regular_file(path, error) && !fs::equivalent(path, subject.path, error) &&
        std::ranges::find(fit, path) == fit.end())
      fit.push_back(path);
  return fit;
}

void CheckpointSide::draw_second(bool unfold) {
  const Subject* second = evaluation_.second();
  if (std::exchange(seen_second_, second) != second && second) second_.text = second->path.string();
  if (unfold) ImGui::SetNextItemOpen(true);
  const bool unfolded = ImGui::CollapsingHeader("Compare with a second one");
  context_.tags.mark("second");
  if (!unfolded) return;
  if (const auto file = second_.draw(
          "second", "checkpoint or prediction", [this] { return second_candidates(); }, context_))
    evaluation_.open_second(*file);
  second = evaluation_.second();
  if (second) {
    ImGui::TextWrapped("B, %s: %s", second->path.filename().c_str(), second->summary.c_str());
    if (ImGui::SmallButton("Without it")) evaluation_.open_second({});
    context_.tags.mark("second-remove");
  }
  if (!evaluation_.second_problem().empty()) wrapped(context_.theme.bad, evaluation_.second_problem());
}

Properties CheckpointSide::properties() {
  Properties all;
  all.value("facts", show_facts_);
  return all;
}

}  // namespace scaffold::viewer
