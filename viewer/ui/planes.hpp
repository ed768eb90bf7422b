// Slices of a volume: planes with a crosshair that the mouse moves.
#pragma once
#include <imgui.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>

#include "scene/slice.hpp"
#include "ui/context.hpp"
#include "ui/texture.hpp"

namespace scaffold::viewer {

/// Pictures of the planes through a point, made when they are asked for.
class PlaneTextures {
 public:
  /// Of the plane at `index` across `axis`: as it was made last, or anew by `paint`.
  unsigned get(int axis, std::int64_t index, const std::function<SlicePicture()>& paint);
  void repaint() { shown_.fill(-1); }

 private:
  std::array<Texture, 3> textures_;
  std::array<std::int64_t, 3> shown_{-1, -1, -1};
};

/// The planes of a label volume.
class LabelPlanes {
 public:
  void show(std::shared_ptr<const LabelVolume> volume, std::vector<ClassStyle> styles);
  void set_styles(std::vector<ClassStyle> styles);
  void repaint() { textures_.repaint(); }
  /// `crosshair` in voxels of the file.
  unsigned get(int axis, const Index3& crosshair, Rgb background);

 private:
  std::shared_ptr<const LabelVolume> volume_;
  std::vector<ClassStyle> styles_;
  PlaneTextures textures_;
};

/// What a plane shows: a picture, or two, the second right of a share of the width.
struct PlanePicture {
  unsigned first = 0, second = 0;
  float wipe = 1;
};

/// Where one is: a voxel of a volume of this extent, in voxels of the file; the wheel goes by `step` of them.
struct Place {
  Index3 extent{}, crosshair{};
  std::int64_t step = 1;
};

/// Draws a plane across `axis`, `size` pixels wide with the letters and ends of its axes, with a slider below
/// it. Click or drag moves the
/// crosshair, the wheel the plane. `tag` (and `tag`-index: the slider) names it for scripts. The voxel under
/// the mouse, if any.
std::optional<Index3> draw_plane(const std::string& tag, int axis, float size, Place& place,
                                 const PlanePicture& picture, Context& context);

/// All three: side by side with `gap` pixels between, or one above the other. `tag`-D, -H, -W name them.
std::optional<Index3> draw_planes(const std::string& tag, float size, std::optional<float> gap, Place& place,
                                  const std::function<PlanePicture(int axis)>& picture, Context& context);

/// Of one plane of that size with its slider.
float plane_height(float size);

}  // namespace scaffold::viewer
