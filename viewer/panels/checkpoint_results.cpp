// The left column of the checkpoint panel, from the classes down: Dice, confusion matrix, shard boundaries.
#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "core/counted.hpp"
#include "core/text.hpp"
#include "panels/checkpoint_panel.hpp"

namespace scaffold::viewer {
namespace {

/// A bar from 0 to 1 with its value, as wide as there is room.
void dice_bar(double dice, Rgb color, float height, const Context& context) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = std::max(ImGui::GetContentRegionAvail().x, 2 * ImGui::GetFontSize());
  auto* draw = ImGui::GetWindowDrawList();
  draw->AddRectFilled(at, {at.x + width, at.y + height}, context.theme.u32(context.theme.faint, 0.18f), 2);
  draw->AddRectFilled(at, {at.x + width * static_cast<float>(dice), at.y + height},
                      context.theme.u32(color, 0.55f), 2);
  const std::string text = fixed(dice, 4);
  draw->AddText({at.x + 0.3f * ImGui::GetFontSize(), at.y + (height - ImGui::GetFontSize()) / 2},
                context.theme.u32(context.theme.text), text.c_str());
  ImGui::Dummy({width, height});
}

/// "1234", "12.3k", "4.6M": at most five characters.
std::string short_count(std::int64_t count) {
  if (count < 10000) return cat(count);
  const double k = static_cast<double>(count) / 1000;
  return k < 999.5 ? cat(fixed(k, k < 99.95 ? 1 : 0), "k") : cat(fixed(k / 1000, k < 99950 ? 1 : 0), "M");
}

ChartContent rate_chart(const BoundaryErrors& errors, const Theme& theme) {
  ChartContent chart;
  chart.title = "Wrong, of voxels that hold a class";
  chart.x_label = "voxels from the nearest boundary";
  chart.y_label = "%";
  chart.integer_x = true;
  chart.y_low = 0;
  ChartSeries rate{"wrong", theme.accent, false, false, {}, {}, {}, {}};
  for (std::size_t d = 0; d < errors.voxels.size(); ++d) {
    if (errors.voxels[d] == 0) continue;
    rate.x.push_back(static_cast<double>(d));
    rate.y.push_back(100 * errors.rate(d));
  }
  chart.series.push_back(std::move(rate));
  return chart;
}

}  // namespace

void CheckpointPanel::draw_classes() {
  const float em = ImGui::GetFontSize();
  const bool dice = has_answer();
  ImGui::Spacing();
  ImGui::TextUnformatted(dice ? "Dice by class" : "Classes");
  if (dice) {
    const std::string mean = found_.second ? cat("A ", fixed(mean_dice(found_.first->dice), 4), "   B ",
                                                 fixed(mean_dice(found_.second->dice), 4))
                                           : cat("mean ", fixed(mean_dice(found_.first->dice), 4));
    ImGui::SameLine(std::max(0.f, ImGui::GetContentRegionMax().x - ImGui::CalcTextSize(mean.c_str()).x));
    ImGui::TextUnformatted(mean.c_str());
  }
  bool changed = false;
  // More than a dozen scroll in a box of their own.
  const bool many = styles_.size() > 13;
  if (many) ImGui::BeginChild("classes", {0, 13 * ImGui::GetFrameHeightWithSpacing()});
  for (std::size_t c = 1; c < styles_.size(); ++c) {
    ClassStyle& style = styles_[c];
    ImGui::PushID(static_cast<int>(c));
    changed |= ImGui::Checkbox("##visible", &style.visible);
    context_.tags.mark(cat("class-", c));
    ImGui::SameLine(0, 0.25f * em);
    changed |= ImGui::ColorEdit3("##colour", &style.color.r,
                                 ImGuiColorEditFlags_NoInputs | ImGuiColorEditFlags_NoLabel);
    context_.tags.mark(cat("class-", c, "-colour"));
    ImGui::SameLine(0, 0.25f * em);
    ImGui::SetNextItemWidth(3.2f * em);
    changed |= ImGui::SliderFloat("##opacity", &style.opacity, 0, 1, "%.2f", ImGuiSliderFlags_AlwaysClamp);
    context_.tags.mark(cat("class-", c, "-opacity"));
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("opacity of class %zu, %s", c, style.name.c_str());
    ImGui::SameLine(0, 0.4f * em);
    ImGui::Text("%zu", c);
    ImGui::SameLine(0, 0.4f * em);
    const float row = ImGui::GetFrameHeight();
    if (!dice) {
      ImGui::TextUnformatted(style.name.c_str());
    } else {
      ImGui::BeginGroup();
      if (found_.second) ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 1});
      dice_bar(found_.first->dice[c], style.color, found_.second ? 0.55f * row + 4 : row, context_);
      if (found_.second) {
        dice_bar(found_.second->dice[c], context_.theme.faint, 0.55f * row + 4, context_);
        ImGui::PopStyleVar();
      }
      ImGui::EndGroup();
      if (ImGui::IsItemHovered())
        ImGui::SetTooltip("%s%s", style.name.c_str(), found_.second ? ": A above, B below" : "");
    }
    ImGui::PopID();
  }
  if (many) ImGui::EndChild();
  if (changed) refresh();
}

void CheckpointPanel::draw_matrix() {
  if (!has_answer()) return;
  ImGui::Spacing();
  ImGui::TextUnformatted("Confusion");
  ImGui::SameLine();
  ImGui::TextDisabled("truth ↓  prediction →");
  if (cell_) {
    ImGui::SameLine();
    if (ImGui::SmallButton("clear")) choose_cell(std::nullopt);
    context_.tags.mark("cell-clear");
  }
  const auto n = static_cast<int>(found_.number_of_classes);
  const float em = ImGui::GetFontSize(), label = 1.5f * em;
  const bool counts = n <= 10;
  const float width = std::max((ImGui::GetContentRegionAvail().x - label) / static_cast<float>(n), 1.f);
  const float height = counts ? 1.5f * em : width;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  auto* draw = ImGui::GetWindowDrawList();
  const auto faint = context_.theme.u32(context_.theme.faint);
  if (n <= 24)
    for (int c = 0; c < n; ++c) {
      const std::string name = cat(c);
      const auto x = static_cast<float>(c);
      draw->AddText({at.x + label + (x + 0.5f) * width - ImGui::CalcTextSize(name.c_str()).x / 2, at.y},
                    faint, name.c_str());
      draw->AddText({at.x + 0.3f * em, at.y + 1.1f * em + x * height + (height - em) / 2}, faint,
                    name.c_str());
    }
  const ImVec2 corner{at.x + label, at.y + 1.1f * em};
  ImGui::SetCursorScreenPos(corner);
  ImGui::InvisibleButton("matrix", {width * static_cast<float>(n), height * static_cast<float>(n)});
  context_.tags.mark("matrix");
  std::optional<std::array<int, 2>> under;
  if (ImGui::IsItemHovered()) {
    const ImVec2 mouse = ImGui::GetMousePos();
    under = {std::clamp(static_cast<int>((mouse.y - corner.y) / height), 0, n - 1),
             std::clamp(static_cast<int>((mouse.x - corner.x) / width), 0, n - 1)};
  }
  const bool clicked = ImGui::IsItemClicked();
  for (int t = 0; t < n; ++t) {
    const auto* row =
        found_.first->confusion.data() + static_cast<std::size_t>(t) * static_cast<std::size_t>(n);
    std::int64_t all = 0;
    for (int p = 0; p < n; ++p) all += row[p];
    for (int p = 0; p < n; ++p) {
      const ImVec2 a{corner.x + static_cast<float>(p) * width, corner.y + static_cast<float>(t) * height};
      const ImVec2 b{a.x + width - (counts ? 1 : 0), a.y + height - (counts ? 1 : 0)};
      const float share = all > 0 ? static_cast<float>(row[p]) / static_cast<float>(all) : 0;
      // Small shares are what one looks for: the root makes them visible.
      const Rgb color = ramp(std::sqrt(share));
      draw->AddRectFilled(
          a, b, row[p] > 0 ? context_.theme.u32(color) : context_.theme.u32(context_.theme.faint, 0.15f));
      if (counts && row[p] > 0) {
        const std::string text = short_count(row[p]);
        const float size = 0.8f * em, wide = ImGui::CalcTextSize(text.c_str()).x * 0.8f;
        draw->AddText(ImGui::GetFont(), size, {a.x + (width - wide) / 2, a.y + (height - size) / 2},
                      share > 0.3f ? IM_COL32(0, 0, 0, 255) : IM_COL32(255, 255, 255, 255), text.c_str());
      }
      const bool chosen = cell_ && (*cell_)[0] == t && (*cell_)[1] == p;
      if (chosen || (under && (*under)[0] == t && (*under)[1] == p))
        draw->AddRect(a, b, context_.theme.u32(chosen ? context_.theme.bad : context_.theme.text), 0, 0,
                      chosen ? 3.f : 1.5f);
      if (!counts) continue;
      // No control: a place for scripts to point at.
      ImGui::SetCursorScreenPos(a);
      ImGui::Dummy({width, height});
      context_.tags.mark(cat("cell-", t, "-", p));
    }
  }
  ImGui::SetCursorScreenPos({at.x, corner.y + height * static_cast<float>(n)});
  ImGui::Dummy({0, 0.2f * em});
  if (under) {
    const auto count = found_.first->confusion[static_cast<std::size_t>((*under)[0] * n + (*under)[1])];
    ImGui::SetTooltip("truth %d, predicted %d: %s\nclick shows where", (*under)[0], (*under)[1],
                      counted(count, "voxel").c_str());
    if (clicked) {
      choose_cell(cell_ == under ? std::nullopt : under);
      go_to_cell();
    }
  }
}

void CheckpointPanel::draw_boundary() {
  if (!has_answer() || !ImGui::CollapsingHeader("Errors by distance from shard boundaries")) {
    if (has_answer()) context_.tags.mark("boundary");
    return;
  }
  context_.tags.mark("boundary");
  ImGui::SetNextItemWidth(-7 * ImGui::GetFontSize());
  if (ImGui::InputInt3("dc_num_shards", shards_.data(), ImGuiInputTextFlags_EnterReturnsTrue))
    refresh_boundary();
  context_.tags.mark("shards");
  if (!boundary_problem_.empty())
    ImGui::TextWrapped("%s", boundary_problem_.c_str());
  else if (boundary_ && boundary_->voxels.empty())
    ImGui::TextWrapped("One shard has no boundaries inside the volume.");
  else if (boundary_) {
    boundary_chart_.set_theme(context_.theme);
    boundary_chart_.set(rate_chart(*boundary_, context_.theme));
    boundary_chart_.draw("boundary-chart", {ImGui::GetContentRegionAvail().x, 14 * ImGui::GetFontSize()},
                         context_);
  }
}

}  // namespace scaffold::viewer
