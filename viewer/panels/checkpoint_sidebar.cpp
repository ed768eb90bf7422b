// The left column of the checkpoint panel, down to the classes: what it is, which volume, running it.
#include <imgui.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "core/text.hpp"
#include "panels/checkpoint_panel.hpp"
#include "sources/inference.hpp"

namespace scaffold::viewer {

void CheckpointPanel::draw_subject() {
  ImGui::TextWrapped("%s", subject_->summary.c_str());
  ImGui::SetNextItemOpen(show_facts_);
  show_facts_ = ImGui::CollapsingHeader("All facts");
  context_.tags.mark("facts");
  if (!show_facts_ || !ImGui::BeginTable("facts", 2, ImGuiTableFlags_RowBg)) return;
  ImGui::TableSetupColumn("what", ImGuiTableColumnFlags_WidthFixed, 7.5f * ImGui::GetFontSize());
  for (const auto& [what, value] : subject_->facts) {
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    ImGui::TextDisabled("%s", what.c_str());
    ImGui::TableNextColumn();
    ImGui::TextWrapped("%s", value.c_str());
  }
  ImGui::EndTable();
}

/// A path to type, or one of those known. Candidates are looked for when the list opens: never in each frame.
void CheckpointPanel::draw_path_choice(const char* tag, const char* hint, std::string& text,
                                       const std::function<std::vector<fs::path>()>& candidates,
                                       const std::function<void(const fs::path&)>& chosen) {
  ImGui::PushID(tag);
  ImGui::SetNextItemWidth(-2 * ImGui::GetFrameHeight());
  if (ImGui::InputTextWithHint("##path", hint, &text, ImGuiInputTextFlags_EnterReturnsTrue)) chosen(text);
  context_.tags.mark(cat(tag, "-path"));
  ImGui::SameLine(0, 0);
  const bool open =
      ImGui::BeginCombo("##known", "", ImGuiComboFlags_NoPreview | ImGuiComboFlags_PopupAlignLeft);
  context_.tags.mark(cat(tag, "-known"));
  if (open) {
    if (ImGui::IsWindowAppearing()) candidates_ = candidates();
    if (candidates_.empty()) ImGui::TextDisabled("none is known; type its path");
    for (const auto& path : candidates_)
      if (ImGui::Selectable(path.string().c_str())) {
        text = path.string();
        chosen(path);
      }
    ImGui::EndCombo();
  }
  ImGui::PopID();
}

void CheckpointPanel::draw_dataset() {
  if (dataset_) ImGui::TextDisabled("%s", dataset_->title().c_str());
  if (!dataset_problem_.empty()) {
    ImGui::PushStyleColor(ImGuiCol_Text, vec4(context_.theme.bad));
    ImGui::TextWrapped("%s", dataset_problem_.c_str());
    ImGui::PopStyleColor();
  }
  if (dataset_ && dataset_problem_.empty()) return;
  if (!dataset_) ImGui::TextWrapped("Choose or type its folder:");
  const auto candidates = [this] {
    std::vector<fs::path> all = context_.known("dataset");
    std::error_code error;
    std::erase_if(all, [&](const auto& path) { return !fs::is_regular_file(path / "index.json", error); });
    return all;
  };
  draw_path_choice("dataset", "folder of a dataset", dataset_text_, candidates,
                   [this](const fs::path& folder) { open_dataset(folder); });
}

void CheckpointPanel::draw_volumes() {
  if (subject_->is_prediction) {
    ImGui::Text("Volume %s  (%s)", cat(volume_).c_str(), dataset_->contents(volume_).c_str());
    return;
  }
  const VolumeList::Column dice{"Dice", [this](std::int64_t volume) {
                                  const auto score = scores_.find(volume);
                                  return score == scores_.end() ? "" : fixed(score->second, 3);
                                }};
  if (const auto chosen =
          list_.draw(*dataset_, volume_, 6.5f * ImGui::GetTextLineHeightWithSpacing(), context_, dice))
    choose_volume(*chosen);
}

void CheckpointPanel::draw_view_controls() {
  const bool unfolded = ImGui::CollapsingHeader("View");
  context_.tags.mark("view-controls");
  if (!unfolded) return;
  views_.controls().draw_switches();
  views_.controls().draw_clip();
}

void CheckpointPanel::draw_run() {
  const float em = ImGui::GetFontSize();
  if (work_.busy()) {
    if (ImGui::Button("Cancel", {5 * em, 0})) work_.cancel();
    context_.tags.mark("cancel");
    ImGui::SameLine();
    const double done = work_.progress(), seconds = ImGui::GetTime() - started_;
    std::string text = running_ ? "running" : "reading";
    if (work_.cancelling())
      text = "stopping";
    else if (running_ && done > 0.005 && done < 1)
      text = cat(fixed(100 * done, 0), " %, ", human_seconds(seconds * (1 - done) / done), " left");
    ImGui::ProgressBar(static_cast<float>(done), {-1, 0}, text.c_str());
  } else if (!subject_->is_prediction) {
    ImGui::BeginDisabled(!can_infer());
    if (ImGui::Button(has_answer() ? "Run again (Enter)" : "Run the network (Enter)", {-1, 0})) {
      run();
    }
    context_.tags.mark("run");
    ImGui::EndDisabled();
    if (!can_infer())
      ImGui::TextWrapped("This viewer was built without LibTorch: it shows predictions, but makes none.");
  }
  if (has_answer()) {
    const Answer& is = *found_.first;
    ImGui::TextDisabled("%s%s", is.seconds > 0 ? cat(human_seconds(is.seconds), " in ").c_str() : "",
                        is.precision.substr(0, is.precision.find(" (")).c_str());
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", is.precision.c_str());
  }
  if (problem_.empty()) return;
  ImGui::PushStyleColor(ImGuiCol_Text, vec4(context_.theme.bad));
  ImGui::TextWrapped("%s", problem_.c_str());
  ImGui::PopStyleColor();
}

void CheckpointPanel::draw_second() {
  if (std::exchange(unfold_second_, false)) ImGui::SetNextItemOpen(true);
  const bool unfolded = ImGui::CollapsingHeader("Compare with a second one");
  context_.tags.mark("second");
  if (!unfolded) return;
  const auto candidates = [this] {
    std::vector<fs::path> all = context_.known("checkpoint");
    const auto predictions = context_.known("prediction");
    all.insert(all.end(), predictions.begin(), predictions.end());
    if (!subject_->is_prediction) {
      const auto beside = checkpoints_beside(subject_->path);
      all.insert(all.begin(), beside.begin(), beside.end());
    }
    std::vector<fs::path> fit;
    std::error_code error;
    for (const auto& path : all)
      if (fs::is_regular_file(path, error) && !fs::equivalent(path, subject_->path, error) &&
          std::find(fit.begin(), fit.end(), path) == fit.end())
        fit.push_back(path);
    return fit;
  };
  draw_path_choice("second", "checkpoint or prediction", second_text_, candidates,
                   [this](const fs::path& file) { open_second(file); });
  if (second_) {
    ImGui::TextWrapped("B, %s: %s", second_->path.filename().c_str(), second_->summary.c_str());
    if (ImGui::SmallButton("Without it")) open_second({});
    context_.tags.mark("second-remove");
  }
  if (second_problem_.empty()) return;
  ImGui::PushStyleColor(ImGuiCol_Text, vec4(context_.theme.bad));
  ImGui::TextWrapped("%s", second_problem_.c_str());
  ImGui::PopStyleColor();
}

}  // namespace scaffold::viewer
