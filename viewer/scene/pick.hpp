// Which voxel a line of sight meets.
#pragma once
#include <optional>
#include <vector>

#include "scene/camera.hpp"
#include "scene/label_volume.hpp"

namespace scaffold::viewer {

/// The first voxel of `volume` on the ray whose class is visible, in voxels of the file; only within
/// [begin, end), and where `kept` (of its middle) holds when given. Walks from voxel to voxel (Amanatides and
/// Woo, "A fast voxel traversal algorithm for ray tracing", 1987).
std::optional<Index3> pick(const LabelVolume& volume, const std::vector<ClassStyle>& styles, const Ray& ray,
                           const Index3& begin, const Index3& end,
                           const std::function<bool(const std::array<double, 3>&)>& kept = {});

}  // namespace scaffold::viewer
