#include "panels/fractal_unet/dataset_classes.hpp"

#include <imgui.h>

#include <algorithm>
#include <array>

#include "core/counted.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold::viewer {

DatasetClasses::DatasetClasses(const DatasetSource& source, std::function<void()> changed, Context& context)
    : source_(source), changed_(std::move(changed)), context_(context), styles_(source.styles(own_colors_)) {}

void DatasetClasses::show(const std::vector<int>& classes) {
  for (const int c : classes)
    if (c < 1 || c >= static_cast<int>(styles_.size()))
      throw ConfigError(cat("class ", c, ": the dataset has classes 1 to ", styles_.size() - 1));
  for (std::size_t c = 1; c < styles_.size(); ++c)
    styles_[c].visible = std::find(classes.begin(), classes.end(), static_cast<int>(c)) != classes.end();
}

void DatasetClasses::use_colors(bool own) {
  own_colors_ = own;
  const auto fresh = source_.styles(own_colors_);
  for (std::size_t c = 0; c < styles_.size(); ++c) styles_[c].color = fresh[c].color;
  changed_();
}

void DatasetClasses::draw(const ClassCounts& voxels) {
  draw_all_or_none("all", true);
  ImGui::SameLine();
  draw_all_or_none("none", false);
  ImGui::SameLine();
  bool image = !own_colors_;
  if (ImGui::Checkbox("colors of the image", &image)) use_colors(!image);
  context_.tags.mark("image-colours");
  bool changed = false;
  for (std::size_t c = 1; c < styles_.size(); ++c) {
    ImGui::PushID(static_cast<int>(c));
    changed |= draw_class(c, c < voxels.size() ? voxels[c] : 0);
    ImGui::PopID();
  }
  if (changed) changed_();
}

void DatasetClasses::draw_all_or_none(const char* name, bool visible) {
  const bool chosen = ImGui::SmallButton(name);
  context_.tags.mark(cat("classes-", name));
  if (!chosen) return;
  for (auto& style : styles_) style.visible = visible;
  changed_();
}

bool DatasetClasses::draw_class(std::size_t label, std::int64_t voxels) {
  const float em = ImGui::GetFontSize();
  ClassStyle& style = styles_[label];
  bool changed = ImGui::Checkbox("##visible", &style.visible);
  context_.tags.mark(cat("class-", label));
  ImGui::SameLine();
  changed |= ImGui::ColorEdit3("##colour", &style.color.r,
                               ImGuiColorEditFlags_NoInputs | ImGuiColorEditFlags_NoLabel);
  ImGui::SameLine();
  ImGui::SetNextItemWidth(4 * em);
  changed |= ImGui::SliderFloat("##opacity", &style.opacity, 0, 1, "%.2f", ImGuiSliderFlags_AlwaysClamp);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Opacity");
  context_.tags.mark(cat("opacity-", label));
  ImGui::SameLine();
  if (voxels > 0)
    ImGui::Text("%zu  %s", label, counted(voxels, "voxel").c_str());
  else
    ImGui::TextDisabled("%zu  not here", label);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", style.name.c_str());
  return changed;
}

Properties DatasetClasses::properties() {
  Properties all;
  all.add<bool>(
      "image_colours", [this] { return !own_colors_; }, [this](bool image) { use_colors(!image); });
  // Lists with an entry for each class but the background.
  all.add<std::vector<float>>(
      "opacity",
      [this] {
        std::vector<float> opacity;
        for (std::size_t c = 1; c < styles_.size(); ++c) opacity.push_back(styles_[c].opacity);
        return opacity;
      },
      [this](const std::vector<float>& opacity) {
        for (std::size_t c = 1; c < styles_.size() && c <= opacity.size(); ++c)
          styles_[c].opacity = std::clamp(opacity[c - 1], 0.f, 1.f);
      });
  using Colors = std::vector<std::array<float, 3>>;
  all.add<Colors>(
      "colours",
      [this] {
        Colors colors;
        for (std::size_t c = 1; c < styles_.size(); ++c)
          colors.push_back({styles_[c].color.r, styles_[c].color.g, styles_[c].color.b});
        return own_colors_ ? std::optional(colors) : std::nullopt;
      },
      [this](Colors colors) {
        for (std::size_t c = 1; c < styles_.size() && c <= colors.size(); ++c) {
          for (auto& part : colors[c - 1]) part = std::clamp(part, 0.f, 1.f);
          styles_[c].color = {colors[c - 1][0], colors[c - 1][1], colors[c - 1][2]};
        }
      });
  all.add<std::vector<int>>(
      "classes",
      [this] {
        std::vector<int> visible;
        for (std::size_t c = 1; c < styles_.size(); ++c)
          if (styles_[c].visible) visible.push_back(static_cast<int>(c));
        return visible;
      },
      [this](const std::vector<int>& classes) { show(classes); });
  all.then([this] { changed_(); });
  return all;
}

}  // namespace scaffold::viewer
