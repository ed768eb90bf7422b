#include "panels/fractal_unet/class_statistics.hpp"

#include <imgui.h>

#include <numeric>

#include "core/counted.hpp"
#include "core/text.hpp"
#include "ui/table.hpp"

namespace scaffold::viewer {

void ClassStatistics::count() {
  work_.start([source = source_](const ProgressTold& progress) { return source->statistics(progress); },
              context_.wake);
}

void ClassStatistics::poll() {
  try {
    if (auto statistics = work_.take()) counted_ = std::move(statistics);
  } catch (const std::exception& error) {
    context_.complain(error.what());
  }
}

void ClassStatistics::draw(const std::vector<ClassStyle>& styles) {
  if (work_.busy()) {
    if (ImGui::Button("Cancel")) work_.cancel();
    context_.tags.mark("statistics-cancel");
    ImGui::SameLine();
    ImGui::ProgressBar(static_cast<float>(work_.progress()), {-1, 0},
                       work_.cancelling() ? "stopping" : nullptr);
  } else if (counted_) {
    draw_table(*counted_, styles);
  } else {
    if (ImGui::Button("Count the voxels of every class", {-1, 0})) count();
    context_.tags.mark("statistics-count");
  }
}

void ClassStatistics::draw_table(const DatasetStatistics& all, const std::vector<ClassStyle>& styles) const {
  if (!ImGui::BeginTable("statistics", 4, ImGuiTableFlags_RowBg | ImGuiTableFlags_SizingStretchProp)) return;
  plain_heads("Class", "Training", "Validation", "Share");
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
  for (std::size_t c = 0; c < styles.size(); ++c) {
    ImGui::TableNextRow();
    cell(cat(c), styles[c].name);
    part(all.training, c);
    part(all.validation, c);
    const double share =
        static_cast<double>(all.training.voxels[c] + all.validation.voxels[c]) / static_cast<double>(voxels);
    cell(cat(fixed(100 * share, c == 0 ? 1 : 3), " %"), "of all voxels");
  }
  ImGui::EndTable();
}

Properties ClassStatistics::properties() {
  Properties all;
  all.add<bool>(
      "statistics", [this] { return counted_ || work_.busy(); },
      [this](bool wanted) {
        if (wanted && !counted_) count();
      });
  return all;
}

nlohmann::json ClassStatistics::found() const {
  nlohmann::json is;
  if (counted_)
    for (const auto& [name, part] :
         {std::pair("training", &counted_->training), {"validation", &counted_->validation}})
      is[name] = {{"volumes", part->volumes}, {"voxels", part->voxels}, {"holding", part->holding}};
  return is;
}

}  // namespace scaffold::viewer
