#include "panels/voxel_under.hpp"

#include "scene/pick.hpp"

namespace scaffold::viewer {

std::optional<Index3> voxel_under(const ViewWidget& widget, const VolumeScene& scene,
                                  const LabelVolume& volume) {
  const auto mouse = widget.mouse();
  if (!mouse) return std::nullopt;
  const ImVec2 size = widget.size();
  const Ray ray = ray_through(widget.renderer(), static_cast<double>(mouse->x), static_cast<double>(mouse->y),
                              static_cast<double>(size.x), static_cast<double>(size.y));
  const auto [begin, end] = scene.clip();
  const auto& plane = scene.clip_plane();
  return pick(volume, scene.styles(), ray, begin, end, [&](const std::array<double, 3>& p) {
    if (!plane) return true;
    double side = 0;
    for (std::size_t i = 0; i < 3; ++i) side += (p[i] - plane->point[i]) * plane->normal[i];
    return side <= 0;
  });
}

}  // namespace scaffold::viewer
