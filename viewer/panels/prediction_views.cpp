#include "panels/prediction_views.hpp"

#include <imgui.h>

#include <algorithm>
#include <cctype>

#include "core/counted.hpp"
#include "core/text.hpp"
#include "panels/error_styles.hpp"
#include "sources/errors.hpp"
#include "ui/table.hpp"

namespace scaffold::viewer {
namespace {

/// The classes are the parts of the score, where it has any.
std::string class_name(const MetricInfo& score, std::size_t label) {
  return score.part.empty() ? cat("class ", label) : score.part_name(label);
}

std::vector<ClassStyle> class_styles(const MetricInfo& score, std::size_t classes) {
  std::vector<ClassStyle> styles{{class_name(score, 0), {}, 1, false}};
  for (std::size_t c = 1; c < classes; ++c)
    styles.push_back({class_name(score, c), distinct_color(c - 1), 1, true});
  return styles;
}

/// Of the column with their numbers.
std::string heading_of(const MetricInfo& score) {
  std::string heading = score.part.empty() ? "class" : score.part;
  heading[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(heading[0])));
  return heading;
}

}  // namespace

PredictionViews::PredictionViews(std::function<void()> changed, Context& context)
    : changed_(std::move(changed)), context_(context), views_(context) {}

void PredictionViews::set_snapshot(const Snapshot* snapshot) {
  if (snapshot) views_.controls().set_extent(snapshot->extent);
  if (class_ && (!snapshot || *class_ >= static_cast<int>(snapshot->classes))) class_.reset();
}

void PredictionViews::refresh(const Snapshot* snapshot, const std::string& title, const MetricInfo& score) {
  if (!snapshot) return views_.show({});
  const auto styles = class_styles(score, snapshot->classes);
  views_.show({{title, snapshot->prediction, styles, {}},
               {cat("Truth of volume ", snapshot->key.volume), snapshot->truth, styles, {}},
               error_layer(*snapshot, score)});
}

Layer PredictionViews::error_layer(const Snapshot& snapshot, const MetricInfo& score) const {
  if (!class_)
    return with_legend(
        cat("Errors: ",
            counted(snapshot.error_counts[1] + snapshot.error_counts[2] + snapshot.error_counts[3], "voxel")),
        snapshot.errors, error_styles(dark_ground_), snapshot.error_counts);
  auto errors = std::make_shared<LabelVolume>(*snapshot.errors);
  errors->labels =
      class_errors(snapshot.truth->labels, snapshot.prediction->labels, static_cast<std::uint8_t>(*class_));
  return with_legend("Errors of " + class_name(score, static_cast<std::size_t>(*class_)), errors,
                     error_styles(dark_ground_), count_errors(errors->labels));
}

void PredictionViews::theme_changed() {
  views_.controls().theme_changed();
  follow_ground();
}

void PredictionViews::follow_ground() {
  const bool dark = views_.controls().suited().dark;
  if (std::exchange(dark_ground_, dark) == dark) return;
  views_.repaint_planes();
  changed_();
}

void PredictionViews::draw_classes(const Snapshot& snapshot, const MetricInfo& score) {
  constexpr auto flags = ImGuiTableFlags_ScrollY | ImGuiTableFlags_RowBg | ImGuiTableFlags_SizingFixedFit |
                         ImGuiTableFlags_BordersOuter;
  const float line = ImGui::GetTextLineHeight() + 2 * ImGui::GetStyle().CellPadding.y;
  const float height = line * std::clamp(static_cast<float>(snapshot.classes) + 0.3f, 2.3f, 8.3f);
  if (const std::int64_t step = snapshot.kept_step; step > 1) {
    ImGui::TextWrapped("%s", cat("kept at 1/", step, " of its resolution").c_str());
    if (ImGui::IsItemHovered())
      ImGui::SetTooltip("%s", "Larger than the run's snapshot_volume_mib; the score is of the whole volume");
  }
  const bool whole = snapshot.finest && snapshot.kept_step == 1;
  ImGui::TextUnformatted(whole ? "Errors by class, voxels" : "Errors by class, reduced");
  if (!ImGui::BeginTable("classes", 3, flags, {0, height})) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("class");
  ImGui::TableSetupColumn("too many");
  ImGui::TableSetupColumn("missing", ImGuiTableColumnFlags_WidthStretch);
  plain_heads(heading_of(score).c_str(), "too many", "missing");
  for (std::size_t c = 1; c < snapshot.classes; ++c) draw_class(snapshot, c);
  ImGui::EndTable();
}

void PredictionViews::draw_class(const Snapshot& snapshot, std::size_t label) {
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  const bool chosen = class_ == static_cast<int>(label);
  if (ImGui::Selectable(cat(label).c_str(), chosen, ImGuiSelectableFlags_SpanAllColumns)) {
    class_ = chosen ? std::nullopt : std::optional(static_cast<int>(label));
    changed_();
  }
  context_.tags.mark(cat("class-", label));
  for (const auto* counts : {&snapshot.false_positives, &snapshot.false_negatives}) {
    ImGui::TableNextColumn();
    ImGui::TextUnformatted(cat((*counts)[label]).c_str());
  }
}

Properties PredictionViews::properties() {
  Properties all;
  all.include(views_.properties());
  all.add<std::optional<int>>(
      "class", [this] { return class_; },
      [this](std::optional<int> label) {
        class_ = label && (*label < 1 || *label > 255) ? std::nullopt : label;
        changed_();
      });
  return all;
}

}  // namespace scaffold::viewer
