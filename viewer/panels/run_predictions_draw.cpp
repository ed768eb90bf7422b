// How a run's predictions are laid out: pictures with a scrubber above them, lists beside them.
#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "panels/run_predictions.hpp"
#include "run/summary.hpp"
#include "ui/flow.hpp"
#include "ui/table.hpp"

namespace scaffold::viewer {

void RunPredictions::draw_samples() {
  ImGui::TextUnformatted(cat("Samples of epoch ", key_.epoch, ", worst first").c_str());
  constexpr auto flags = ImGuiTableFlags_ScrollY | ImGuiTableFlags_RowBg | ImGuiTableFlags_SizingFixedFit |
                         ImGuiTableFlags_BordersOuter;
  const auto rows = ranked();
  const float line = ImGui::GetTextLineHeight() + 2 * ImGui::GetStyle().CellPadding.y;
  const float height = line * std::clamp(static_cast<float>(rows.size()) + 1.3f, 3.f, 9.f);
  if (!ImGui::BeginTable("samples", 3, flags, {0, height})) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("volume");
  ImGui::TableSetupColumn("score");
  ImGui::TableSetupColumn("kept", ImGuiTableColumnFlags_WidthStretch);
  plain_heads("Volume", data_->score_info().label.c_str(), "Kept");
  std::optional<std::int64_t> clicked;
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(rows.size()));
  while (clipper.Step())
    for (int row = clipper.DisplayStart; row < clipper.DisplayEnd; ++row) {
      const auto [value, volume] = rows[static_cast<std::size_t>(row)];
      ImGui::TableNextRow();
      ImGui::TableNextColumn();
      if (ImGui::Selectable(cat(volume).c_str(), volume == key_.volume, ImGuiSelectableFlags_SpanAllColumns))
        clicked = volume;
      context_.tags.mark(cat("sample-", volume));
      ImGui::TableNextColumn();
      ImGui::TextUnformatted(std::isfinite(value) ? data_->score_info().text(value).c_str() : "");
      ImGui::TableNextColumn();
      ImGui::TextUnformatted(has_snapshot({key_.epoch, volume}) ? "yes"
                             : asked_.contains(volume)          ? "from the next validation on"
                                                                : "");
    }
  ImGui::EndTable();
  if (!clicked) return;
  if (!has_snapshot({key_.epoch, *clicked}) && choose_) {
    choose_(static_cast<std::uint32_t>(*clicked));
    asked_.insert(*clicked);
  }
  open(key_.epoch, *clicked);
}

void RunPredictions::draw_side() {
  draw_samples();
  if (const auto& shown = loader_.shown()) pictures_.draw_classes(*shown, data_->score_info());
  const bool unfolded = ImGui::CollapsingHeader("View");
  context_.tags.mark("view-controls");
  if (!unfolded) return;
  views().controls().draw_switches();
  views().controls().draw_clip();
}

void RunPredictions::draw_scrubber() {
  const float em = ImGui::GetFontSize();
  const auto all = epochs();
  ImGui::BeginDisabled(all.empty());
  if (ImGui::Button("◀")) step_epoch(-1);
  context_.tags.mark("previous-epoch");
  ImGui::SameLine(0, 0.3f * em);
  if (ImGui::Button(playing_ ? "stop###play" : "play###play", {3.2f * em, 0})) toggle_play();
  context_.tags.mark("play");
  ImGui::SameLine(0, 0.3f * em);
  if (ImGui::Button("▶")) step_epoch(1);
  context_.tags.mark("next-epoch");
  ImGui::SameLine();
  auto at = static_cast<int>(std::ranges::lower_bound(all, key_.epoch) - all.begin());
  const int last = std::max(static_cast<int>(all.size()) - 1, 0);
  at = std::min(at, last);
  ImGui::SetNextItemWidth(std::max(8 * em, std::min(16 * em, ImGui::GetContentRegionAvail().x - 0.5f * em)));
  // The number on it is the epoch's, not its place in the list.
  if (ImGui::SliderInt("##epoch", &at, 0, last, cat("epoch ", key_.epoch).c_str(),
                       ImGuiSliderFlags_NoInput) &&
      !all.empty()) {
    playing_ = false;
    open(all[static_cast<std::size_t>(at)], key_.volume);
  }
  context_.tags.mark("epoch");
  ImGui::EndDisabled();
}

void RunPredictions::draw_toolbar() {
  const float em = ImGui::GetFontSize();
  same_line_if_room(20 * em);
  draw_scrubber();
  same_line_if_room(8 * em);
  views().controls().draw_representation(8 * em);
  same_line_if_room(10 * em);
  views().controls().draw_directions();
  same_line_if_room(13 * em);
  views().draw_slice_choice();
}

void RunPredictions::draw_foot() const {
  if (!loader_.problem().empty()) {
    ImGui::TextColored(vec4(context_.theme.bad), "%s", loader_.problem().c_str());
    return;
  }
  const auto& shown = loader_.shown();
  if (!shown) return ImGui::TextUnformatted(" ");
  const Index3 at = views().probe().value_or(views().controls().crosshair());
  const auto class_of = [&](const LabelVolume& volume) {
    Index3 voxel;
    for (std::size_t axis = 0; axis < 3; ++axis)
      voxel[axis] = std::clamp<std::int64_t>(at[axis] / volume.step, 0, volume.extent[axis] - 1);
    return static_cast<int>(volume.at(voxel));
  };
  std::string text = cat(views().probe() ? "Mouse (" : "Crosshair (", at[0], ", ", at[1], ", ", at[2],
                         "): truth ", class_of(*shown->truth), ", predicted ", class_of(*shown->prediction));
  if (loader_.busy()) text += loader_.up_to_date() ? "; the full resolution is coming" : "; reading";
  ImGui::TextUnformatted(text.c_str());
}

bool RunPredictions::draw(ImVec2 size) {
  pictures_.follow_ground();
  const float top = ImGui::GetCursorPosY();
  const bool close = ImGui::Button("× Close");
  context_.tags.mark("close-predictions");
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Back to the charts alone (Escape)");
  draw_toolbar();
  const float used = ImGui::GetCursorPosY() - top;
  const float foot = ImGui::GetTextLineHeight() + 2 * ImGui::GetStyle().ItemSpacing.y;
  const ImVec2 room{size.x, std::max(size.y - used - foot, 8 * ImGui::GetFontSize())};
  if (loader_.shown()) {
    views().draw_side(room);
  } else if (loader_.busy()) {
    ImGui::TextDisabled("%s", cat("Reading volume ", key_.volume, " of epoch ", key_.epoch, " …").c_str());
  } else {
    const auto all = epochs();
    std::string text = cat("Of epoch ", key_.epoch, " volume ", key_.volume, " was not kept.");
    if (keys_.empty())
      text = "This run has kept no samples so far: see snapshot_interval in docs/configuration.md.";
    else if (asked_.contains(key_.volume))
      text += " It is kept from the next validation on.";
    else if (!all.empty())
      text += cat(" It was kept of ", all.size() == 1 ? "epoch " : "epochs ", all.front(),
                  all.size() > 2    ? " … "
                  : all.size() == 2 ? " and "
                                    : "",
                  all.size() > 1 ? cat(all.back()) : "", ": use the slider.");
    ImGui::TextWrapped("%s", text.c_str());
  }
  draw_foot();
  return close;
}

}  // namespace scaffold::viewer
