// Three linked orthogonal slices of a label volume with a crosshair.
#pragma once
#include <array>
#include <memory>
#include <optional>

#include "scene/label_volume.hpp"
#include "ui/context.hpp"
#include "ui/texture.hpp"

namespace scaffold::viewer {

class SliceRow {
 public:
  void show(std::shared_ptr<const LabelVolume> volume, std::vector<ClassStyle> styles);
  void set_styles(std::vector<ClassStyle> styles);
  /// Side by side, or one above the other; each `size` pixels wide with a slider below it. Click or drag
  /// moves the crosshair, the wheel the slice. True when the crosshair moved. `tag`-D, -H, -W name them for
  /// scripts.
  bool draw(const std::string& tag, float size, bool column, Context& context);
  /// Of one slice of that size.
  static float height(float size);

  /// In voxels of the file.
  const Index3& crosshair() const { return crosshair_; }
  /// Clamped into the volume. True when it moved.
  bool set_crosshair(const Index3& voxel);
  /// The voxel under the mouse.
  const std::optional<Index3>& probe() const { return probe_; }
  void repaint() { stale_.fill(true); }

 private:
  bool draw_one(const std::string& tag, std::size_t axis, float size, Context& context);
  void paint(std::size_t axis, Rgb background);
  Index3 extent() const;

  std::shared_ptr<const LabelVolume> volume_;
  std::vector<ClassStyle> styles_;
  Index3 crosshair_{};
  std::array<Texture, 3> textures_;
  std::array<bool, 3> stale_{true, true, true};
  std::optional<Index3> probe_;
};

}  // namespace scaffold::viewer
