#include "panels/fractal_unet/checkpoint_classes.hpp"

#include <imgui.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "sources/errors.hpp"
#include "sources/fractal_unet/dice.hpp"

namespace scaffold::viewer {
namespace {

/// A bar from 0 to 1 with its value, as wide as there is room; of a class that the truth lacks, and that is
/// not predicted either, a word: its Dice of 1 says nothing.
void dice_bar(double dice, const ClassVoxels& voxels, Rgb color, float height, const Context& context) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = std::max(ImGui::GetContentRegionAvail().x, 2 * ImGui::GetFontSize());
  auto* draw = ImGui::GetWindowDrawList();
  draw->AddRectFilled(at, {at.x + width, at.y + height}, context.theme.u32(context.theme.faint, 0.18f), 2);
  const bool tells = voxels.present() || voxels.false_positive > 0;
  if (tells)
    draw->AddRectFilled(at, {at.x + width * static_cast<float>(dice), at.y + height},
                        context.theme.u32(color, 0.55f), 2);
  const std::string text = !tells             ? "absent"
                           : voxels.present() ? dice_text(dice)
                                              : cat(dice_text(dice), ", absent");
  draw->AddText({at.x + 0.3f * ImGui::GetFontSize(), at.y + (height - ImGui::GetFontSize()) / 2},
                context.theme.u32(tells ? context.theme.text : context.theme.faint), text.c_str());
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

bool ClassTable::draw(const Comparison& found, bool styled) {
  ImGui::Spacing();
  ImGui::TextUnformatted(found.first ? "Dice by class" : "Classes");
  if (found.first) draw_mean(found);
  bool changed = false;
  // More than a dozen scroll in a box of their own.
  const bool many = styles_.size() > 13;
  if (many) ImGui::BeginChild("classes", {0, 13 * ImGui::GetFrameHeightWithSpacing()});
  for (std::size_t c = 1; c < styles_.size(); ++c) {
    ImGui::PushID(static_cast<int>(c));
    ImGui::BeginDisabled(!styled);
    changed |= draw_style(c);
    ImGui::EndDisabled();
    if (found.first)
      draw_dice(c, found);
    else
      ImGui::TextUnformatted(styles_[c].name.c_str());
    ImGui::PopID();
  }
  if (many) ImGui::EndChild();
  if (found.first) draw_voxels(found);
  context_.tags.mark("voxels-by-class");
  return changed;
}

void ClassTable::draw_mean(const Comparison& found) const {
  const auto right = [](const std::string& text) {
    ImGui::SameLine(std::max(0.f, ImGui::GetContentRegionMax().x - ImGui::CalcTextSize(text.c_str()).x));
    ImGui::TextUnformatted(text.c_str());
  };
  const auto both = [&](const char* name, const auto& of) {
    return found.second ? cat(name, "A ", of(*found.first), "   B ", of(*found.second))
                        : cat(name, of(*found.first));
  };
  right(both("mean ", [](const Answer& is) { return dice_text(mean_dice(is.dice)); }));
  if (ImGui::IsItemHovered())
    ImGui::SetTooltip(
        "The score: the mean over all classes but the background.\nOne that is in neither truth nor "
        "prediction counts 1.");
  ImGui::TextDisabled("classes that are there");
  right(both("mean ", [&](const Answer& is) {
    const auto mean = mean_present_dice(is.dice, class_voxels(is.confusion, found.number_of_classes));
    return mean ? dice_text(*mean) : std::string("–");
  }));
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("The mean over the classes that this volume's truth holds.");
}

void ClassTable::draw_voxels(const Comparison& found) const {
  if (!ImGui::CollapsingHeader("Voxels by class")) return;
  const auto voxels = class_voxels(found.first->confusion, found.number_of_classes);
  if (!ImGui::BeginTable("voxels", 5, ImGuiTableFlags_RowBg | ImGuiTableFlags_SizingStretchProp)) return;
  // With a word each, and no light that would promise sorting.
  constexpr std::pair<const char*, const char*> heads[] = {
      {"Class", "0 is the background"},
      {"TP", "true positive: the class in truth and prediction"},
      {"FP", "false positive: in the prediction alone"},
      {"FN", "false negative: in the truth alone"},
      {"TN", "true negative: in neither"}};
  ImGui::TableNextRow(ImGuiTableRowFlags_Headers);
  for (const auto& [name, explained] : heads) {
    ImGui::TableNextColumn();
    ImGui::TextUnformatted(name);
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", explained);
  }
  for (std::size_t c = 0; c < voxels.size(); ++c) {
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    ImGui::Text("%zu", c);
    for (const auto count : {voxels[c].true_positive, voxels[c].false_positive, voxels[c].false_negative,
                             voxels[c].true_negative}) {
      ImGui::TableNextColumn();
      ImGui::TextUnformatted(cat(count).c_str());
    }
  }
  ImGui::EndTable();
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
  const auto bar = [&](const Answer& is, Rgb color, float height) {
    dice_bar(is.dice[label], class_voxels(is.confusion, found.number_of_classes)[label], color, height,
             context_);
  };
  bar(*found.first, style.color, found.second ? half : row);
  if (found.second) {
    bar(*found.second, context_.theme.faint, half);
    ImGui::PopStyleVar();
  }
  ImGui::EndGroup();
  if (ImGui::IsItemHovered())
    ImGui::SetTooltip("%s%s%s", style.name.c_str(), found.second ? ": A above, B below" : "",
                      class_voxels(found.first->confusion, found.number_of_classes)[label].present()
                          ? ""
                          : "\nabsent: this volume's truth has no voxel of it");
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
