#include "panels/fractal_unet/checkpoint_classes.hpp"

#include <imgui.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "sources/errors.hpp"
#include "sources/fractal_unet/dice.hpp"

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

Properties properties_of(ClassStyle& style) {
  using Color = std::array<float, 3>;
  Properties all;
  all.value("visible", style.visible);
  all.value("opacity", style.opacity);
  all.add<Color>(
      "colour",
      [&style] {
        return Color{style.color.r, style.color.g, style.color.b};
      },
      [&style](const Color& color) {
        style.color = {color[0], color[1], color[2]};
      });
  return all;
}

}  // namespace

bool ClassTable::draw(const Comparison& found) {
  ImGui::Spacing();
  ImGui::TextUnformatted(found.first ? "Dice by class" : "Classes");
  if (found.first) draw_mean(found);
  bool changed = false;
  // More than a dozen scroll in a box of their own.
  const bool many = styles_.size() > 13;
  if (many) ImGui::BeginChild("classes", {0, 13 * ImGui::GetFrameHeightWithSpacing()});
  for (std::size_t c = 1; c < styles_.size(); ++c) {
    ImGui::PushID(static_cast<int>(c));
    changed |= draw_style(c);
    if (found.first)
      draw_dice(c, found);
    else
      ImGui::TextUnformatted(styles_[c].name.c_str());
    ImGui::PopID();
  }
  if (many) ImGui::EndChild();
  return changed;
}

void ClassTable::draw_mean(const Comparison& found) const {
  const std::string mean = found.second ? cat("A ", fixed(mean_dice(found.first->dice), 4), "   B ",
                                              fixed(mean_dice(found.second->dice), 4))
                                        : cat("mean ", fixed(mean_dice(found.first->dice), 4));
  ImGui::SameLine(std::max(0.f, ImGui::GetContentRegionMax().x - ImGui::CalcTextSize(mean.c_str()).x));
  ImGui::TextUnformatted(mean.c_str());
}

bool ClassTable::draw_style(std::size_t label) {
  const float em = ImGui::GetFontSize();
  ClassStyle& style = styles_[label];
  bool changed = ImGui::Checkbox("##visible", &style.visible);
  context_.tags.mark(cat("class-", label));
  ImGui::SameLine(0, 0.25f * em);
  changed |= ImGui::ColorEdit3("##colour", &style.color.r,
                               ImGuiColorEditFlags_NoInputs | ImGuiColorEditFlags_NoLabel);
  context_.tags.mark(cat("class-", label, "-colour"));
  ImGui::SameLine(0, 0.25f * em);
  ImGui::SetNextItemWidth(3.2f * em);
  changed |= ImGui::SliderFloat("##opacity", &style.opacity, 0, 1, "%.2f", ImGuiSliderFlags_AlwaysClamp);
  context_.tags.mark(cat("class-", label, "-opacity"));
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("opacity of class %zu, %s", label, style.name.c_str());
  ImGui::SameLine(0, 0.4f * em);
  ImGui::Text("%zu", label);
  ImGui::SameLine(0, 0.4f * em);
  return changed;
}

void ClassTable::draw_dice(std::size_t label, const Comparison& found) const {
  const ClassStyle& style = styles_[label];
  const float row = ImGui::GetFrameHeight(), half = 0.55f * row + 4;
  ImGui::BeginGroup();
  if (found.second) ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 1});
  dice_bar(found.first->dice[label], style.color, found.second ? half : row, context_);
  if (found.second) {
    dice_bar(found.second->dice[label], context_.theme.faint, half, context_);
    ImGui::PopStyleVar();
  }
  ImGui::EndGroup();
  if (ImGui::IsItemHovered())
    ImGui::SetTooltip("%s%s", style.name.c_str(), found.second ? ": A above, B below" : "");
}

Properties ClassTable::properties() {
  Properties all;
  all.order<std::vector<int>>("classes", [this](const std::vector<int>& only) {
    for (int c = 1; c < classes(); ++c)
      styles_[static_cast<std::size_t>(c)].visible = std::ranges::find(only, c) != only.end();
  });
  all.add<std::vector<nlohmann::json>>(
      "styles", [this] { return saved(); },
      [this](const std::vector<nlohmann::json>& given) { restore(given); });
  return all;
}

nlohmann::json ClassTable::saved() {
  nlohmann::json all = nlohmann::json::array();
  for (auto& style : styles_) all.push_back(properties_of(style).state());
  return all;
}

void ClassTable::restore(const std::vector<nlohmann::json>& given) {
  for (std::size_t c = 0; c < std::min(given.size(), styles_.size()); ++c) {
    auto style = styles_[c];
    if (!given[c].is_object()) throw ConfigError("'styles' is a list of objects");
    properties_of(style).restore(given[c]);
    for (const float part : {style.opacity, style.color.r, style.color.g, style.color.b})
      if (!(part >= 0 && part <= 1)) throw ConfigError("'styles': opacities and colors lie between 0 and 1");
    styles_[c] = style;
  }
}

}  // namespace scaffold::viewer
