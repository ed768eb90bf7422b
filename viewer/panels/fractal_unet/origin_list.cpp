#include "panels/fractal_unet/origin_list.hpp"

#include <imgui.h>

#include <iterator>

#include "core/counted.hpp"
#include "core/text.hpp"
#include "fractal_unet/fractal/instance.hpp"

namespace scaffold::viewer {
namespace {

// Beyond this edge the fractals of a volume are made again only when asked for.
constexpr std::int64_t edge_of_quick_origins = 512;

}  // namespace

void OriginList::show(std::int64_t volume) {
  found_.reset();
  if (source_->reader().info().extents[0] <= edge_of_quick_origins) find(volume);
}

void OriginList::find(std::int64_t volume) {
  work_.start(
      [source = source_, volume](const ProgressTold&) {
        return Found{volume, source->origins(volume)};
      },
      context_.wake);
}

void OriginList::poll() {
  try {
    if (auto found = work_.take()) found_ = std::move(found);
  } catch (const std::exception& error) {
    context_.complain(error.what());
  }
}

void OriginList::draw(std::int64_t volume, const std::vector<ClassStyle>& styles) {
  if (!found_ || found_->volume != volume) {
    if (work_.busy())
      ImGui::TextDisabled("being made again…");
    else if (ImGui::SmallButton("Make them again"))
      find(volume);
    return;
  }
  const VolumeOrigins& origins = found_->origins;
  std::int64_t sum = 0;
  for (const auto& fractal : origins.fractals) {
    sum += std::ssize(fractal.voxels);
    draw_fractal(fractal, styles[static_cast<std::size_t>(fractal.category) + 1].color);
  }
  const double cube = static_cast<double>(origins.edge) * static_cast<double>(origins.edge) *
                      static_cast<double>(origins.edge);
  ImGui::TextWrapped(
      "%s occupied (%s %% of the volume); overlap %s %%", counted(origins.occupied, "voxel").c_str(),
      fixed(100 * static_cast<double>(origins.occupied) / cube, 3).c_str(),
      fixed(sum ? 100 * static_cast<double>(sum - origins.occupied) / static_cast<double>(sum) : 0, 2)
          .c_str());
}

void OriginList::draw_fractal(const VolumeOrigins::Fractal& fractal, Rgb color) const {
  const float edge = 0.8f * ImGui::GetFontSize();
  ImGui::ColorButton("##of", vec4(color), ImGuiColorEditFlags_NoTooltip | ImGuiColorEditFlags_NoPicker,
                     {edge, edge});
  ImGui::SameLine();
  ImGui::TextWrapped("category %d, instance %d: %s", fractal.category, fractal.instance,
                     describe(variation(fractal.instance)).c_str());
  ImGui::TextDisabled(
      "   %s, %s of them overwritten%s", counted(std::ssize(fractal.voxels), "voxel").c_str(),
      cat(fractal.overwritten).c_str(),
      fractal.deviation < 1 ? cat("; factor kept to ", fixed(100 * fractal.deviation, 0), " %").c_str() : "");
}

std::string OriginList::writers(std::int64_t volume, const Index3& voxel) const {
  std::string text;
  if (!found_ || found_->volume != volume) return text;
  const auto writers = found_->origins.all(voxel);
  for (std::size_t i = writers.size(); i-- > 0;) {
    const auto& f = found_->origins.fractals[writers[i]];
    text += cat(i + 1 == writers.size() ? "   written by category " : ", over category ", f.category,
                " instance ", f.instance);
  }
  return text;
}

void OriginList::tell(nlohmann::json& is, const Index3& crosshair) const {
  if (!found_) return;
  is["occupied"] = found_->origins.occupied;
  if (const auto owner = found_->origins.owner(crosshair))
    is["instance_at_crosshair"] = found_->origins.fractals[*owner].instance;
}

}  // namespace scaffold::viewer
