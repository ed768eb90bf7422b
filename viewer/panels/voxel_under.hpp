// What a view of a label volume shows under the mouse.
#pragma once
#include <optional>

#include "scene/volume_scene.hpp"
#include "ui/view_widget.hpp"

namespace scaffold::viewer {

/// The voxel of a visible class that `scene`, of `volume`, shows under the mouse over `widget`: in voxels of
/// the file, and of what its clip box and clip plane leave.
std::optional<Index3> voxel_under(const ViewWidget& widget, const VolumeScene& scene,
                                  const LabelVolume& volume);

}  // namespace scaffold::viewer
