// The dataset panel's left column: what is drawn and how, what the volume holds, the list of volumes.
#include <imgui.h>

#include <algorithm>
#include <iterator>
#include <numeric>

#include "core/counted.hpp"
#include "core/text.hpp"
#include "fractal_unet/fractal/instance.hpp"
#include "panels/fractal_unet/dataset_panel.hpp"

namespace scaffold::viewer {

void DatasetPanel::draw_left() {
  const float em = ImGui::GetFontSize();
  const float list = std::max(10 * em, ImGui::GetContentRegionAvail().y * 0.38f);
  ImGui::BeginChild("above", {0, -list});
  ViewControls& controls = view_.controls();
  controls.draw_representation(-1);
  controls.draw_directions();
  ImGui::SameLine();
  ImGui::Checkbox("slices", &show_slices_);
  context_.tags.mark("slices");
  controls.draw_switches();
  controls.draw_clip();
  if (ImGui::CollapsingHeader("Classes", ImGuiTreeNodeFlags_DefaultOpen)) draw_classes();
  if (ImGui::CollapsingHeader("Fractals in this volume")) draw_fractals();
  context_.tags.mark("fractals");
  if (ImGui::CollapsingHeader("Shards")) draw_shards();
  context_.tags.mark("shards");
  const bool unfolded = ImGui::CollapsingHeader("All volumes");
  context_.tags.mark("statistics");
  if (unfolded) draw_statistics();
  ImGui::EndChild();
  draw_list();
}

void DatasetPanel::draw_classes() {
  const float em = ImGui::GetFontSize();
  bool changed = false;
  if (ImGui::SmallButton("all")) {
    for (auto& style : styles_) style.visible = true;
    changed = true;
  }
  context_.tags.mark("classes-all");
  ImGui::SameLine();
  if (ImGui::SmallButton("none")) {
    for (auto& style : styles_) style.visible = false;
    changed = true;
  }
  context_.tags.mark("classes-none");
  ImGui::SameLine();
  bool image = !own_colors_;
  if (ImGui::Checkbox("colors of the image", &image)) {
    own_colors_ = !image;
    recolor();
  }
  context_.tags.mark("image-colours");
  for (std::size_t c = 1; c < styles_.size(); ++c) {
    ClassStyle& style = styles_[c];
    ImGui::PushID(static_cast<int>(c));
    changed |= ImGui::Checkbox("##visible", &style.visible);
    context_.tags.mark(cat("class-", c));
    ImGui::SameLine();
    changed |= ImGui::ColorEdit3("##colour", &style.color.r,
                                 ImGuiColorEditFlags_NoInputs | ImGuiColorEditFlags_NoLabel);
    ImGui::SameLine();
    ImGui::SetNextItemWidth(4 * em);
    changed |= ImGui::SliderFloat("##opacity", &style.opacity, 0, 1, "%.2f", ImGuiSliderFlags_AlwaysClamp);
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("Opacity");
    context_.tags.mark(cat("opacity-", c));
    ImGui::SameLine();
    const auto voxels = c < voxels_of_class_.size() ? voxels_of_class_[c] : 0;
    if (voxels > 0)
      ImGui::Text("%zu  %s", c, counted(voxels, "voxel").c_str());
    else
      ImGui::TextDisabled("%zu  not here", c);
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", style.name.c_str());
    ImGui::PopID();
  }
  if (changed) restyle();
}

void DatasetPanel::draw_fractals() {
  if (!origins_ || origins_->volume != volume_) {
    if (originating_.busy())
      ImGui::TextDisabled("being made again…");
    else if (ImGui::SmallButton("Make them again"))
      find_origins();
    return;
  }
  const VolumeOrigins& origins = origins_->origins;
  std::int64_t sum = 0;
  for (const auto& fractal : origins.fractals) {
    sum += static_cast<std::int64_t>(fractal.voxels.size());
    const Rgb color = styles_[static_cast<std::size_t>(fractal.category) + 1].color;
    ImGui::ColorButton("##of", vec4(color), ImGuiColorEditFlags_NoTooltip | ImGuiColorEditFlags_NoPicker,
                       {0.8f * ImGui::GetFontSize(), 0.8f * ImGui::GetFontSize()});
    ImGui::SameLine();
    ImGui::TextWrapped("category %d, instance %d: %s", fractal.category, fractal.instance,
                       describe(variation(fractal.instance)).c_str());
    ImGui::TextDisabled(
        "   %s, %s of them overwritten%s", counted(std::ssize(fractal.voxels), "voxel").c_str(),
        cat(fractal.overwritten).c_str(),
        fractal.deviation < 1 ? cat("; factor kept to ", fixed(100 * fractal.deviation, 0), " %").c_str()
                              : "");
  }
  const double cube = static_cast<double>(origins.edge) * static_cast<double>(origins.edge) *
                      static_cast<double>(origins.edge);
  ImGui::TextWrapped(
      "%s occupied (%s %% of the volume); overlap %s %%", counted(origins.occupied, "voxel").c_str(),
      fixed(100 * static_cast<double>(origins.occupied) / cube, 3).c_str(),
      fixed(sum ? 100 * static_cast<double>(sum - origins.occupied) / static_cast<double>(sum) : 0, 2)
          .c_str());
}

void DatasetPanel::draw_shards() {
  bool changed = ImGui::Checkbox("draw", &show_shards_);
  context_.tags.mark("shards-draw");
  ImGui::SameLine();
  ImGui::SetNextItemWidth(-1);
  if (ImGui::InputInt3("##dc_num_shards", shards_.data())) {
    for (int& n : shards_) n = std::clamp(n, 1, 64);
    show_shards_ = changed = true;
  }
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("dc_num_shards along D, H, W");
  const auto stored = source_->reader().layout().shards();
  ImGui::TextDisabled("stored as %s × %s × %s", cat(stored[0]).c_str(), cat(stored[1]).c_str(),
                      cat(stored[2]).c_str());
  if (changed) apply_shards();
  if (!shards_problem_.empty()) ImGui::TextWrapped("%s", shards_problem_.c_str());
}

/// Voxels by class over the whole dataset, which takes reading it.
void DatasetPanel::draw_statistics() {
  if (counting_.busy()) {
    if (ImGui::Button("Cancel")) counting_.cancel();
    context_.tags.mark("statistics-cancel");
    ImGui::SameLine();
    ImGui::ProgressBar(static_cast<float>(counting_.progress()), {-1, 0},
                       counting_.cancelling() ? "stopping" : nullptr);
    return;
  }
  if (!statistics_) {
    if (ImGui::Button("Count the voxels of every class", {-1, 0})) count_all();
    context_.tags.mark("statistics-count");
    return;
  }
  const DatasetStatistics& all = *statistics_;
  if (!ImGui::BeginTable("statistics", 4, ImGuiTableFlags_RowBg | ImGuiTableFlags_SizingStretchProp)) return;
  for (const char* name : {"Class", "Training", "Validation", "Share"}) ImGui::TableSetupColumn(name);
  ImGui::TableHeadersRow();
  const auto cell = [](const std::string& text, const std::string& explained) {
    ImGui::TableNextColumn();
    ImGui::TextUnformatted(text.c_str());
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", explained.c_str());
  };
  const auto part = [&](const DatasetStatistics::Part& of, std::size_t c) {
    cell(human_count(static_cast<double>(of.voxels[c])),
         cat(counted(of.voxels[c], "voxel"), ", in ", of.holding[c], " of ", counted(of.volumes, "volume")));
  };
  std::int64_t voxels = 0;
  for (const auto* of : {&all.training, &all.validation})
    voxels = std::accumulate(of->voxels.begin(), of->voxels.end(), voxels);
  for (std::size_t c = 0; c < styles_.size(); ++c) {
    ImGui::TableNextRow();
    cell(cat(c), styles_[c].name);
    part(all.training, c);
    part(all.validation, c);
    const double share =
        static_cast<double>(all.training.voxels[c] + all.validation.voxels[c]) / static_cast<double>(voxels);
    cell(cat(fixed(100 * share, c == 0 ? 1 : 3), " %"), "of all voxels");
  }
  ImGui::EndTable();
}

void DatasetPanel::draw_list() {
  const float em = ImGui::GetFontSize();
  ImGui::Separator();
  int split = static_cast<int>(split_);
  ImGui::SetNextItemWidth(7 * em);
  bool changed = ImGui::Combo("##split", &split, "All\0Training\0Validation\0");
  split_ = static_cast<Split>(split);
  context_.tags.mark("split");
  ImGui::SameLine();
  std::string names = std::string("Any category") + '\0';
  for (std::size_t c = 1; c < styles_.size(); ++c) names += styles_[c].name + '\0';
  ImGui::SetNextItemWidth(-1);
  changed |= ImGui::Combo("##category", &category_, names.c_str());
  context_.tags.mark("category");
  if (changed) list();
  if (const auto chosen = list_.draw(*source_, volume_, 0, context_)) show_volume(*chosen);
}

}  // namespace scaffold::viewer
