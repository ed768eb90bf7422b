// A dataset: its volumes, one of them in 3D and in three slices through a crosshair, its classes.
#pragma once
#include <array>
#include <memory>
#include <optional>

#include "app/texture.hpp"
#include "scene/view.hpp"
#include "scene/volume_scene.hpp"
#include "sources/dataset_source.hpp"

namespace scaffold::viewer {

class DatasetPanel {
 public:
  /// Of DataError the caller makes a message in the window.
  explicit DatasetPanel(const fs::path& folder);

  std::string title() const { return source_.title(); }
  /// Draws into the current ImGui window.
  void draw();
  void show_volume(std::int64_t volume);
  std::int64_t volume() const { return volume_; }
  void set_crosshair(const std::array<std::int64_t, 3>& voxel);
  const std::array<std::int64_t, 3>& crosshair() const { return crosshair_; }
  /// Only these (1 is category 0).
  void show_classes(const std::vector<int>& classes);
  const DatasetSource& source() const { return source_; }
  VolumeScene& scene() { return scene_; }
  View& view() { return view_; }

 private:
  enum class Split { all, training, validation };

  void draw_list();
  void draw_classes();
  void draw_controls();
  void draw_view(float width, float height);
  void draw_slice(int axis, float size);
  void draw_probe() const;
  void take_keys();
  void restyle();
  std::string contents(std::int64_t volume) const;

  DatasetSource source_;
  View view_;
  VolumeScene scene_;
  std::shared_ptr<const LabelVolume> labels_;
  std::vector<ClassStyle> styles_;
  std::vector<std::int64_t> voxels_of_class_;
  std::int64_t volume_ = 0;
  std::array<std::int64_t, 3> crosshair_{};
  std::array<Texture, 3> slices_;
  std::array<bool, 3> slice_stale_{true, true, true};
  std::optional<std::array<std::int64_t, 3>> probe_;
  Split split_ = Split::all;
  int category_ = 0;  ///< 0: any
  bool own_colours_ = true, show_slices_ = true, axes_ = true;
  std::string problem_;  ///< why the volume cannot be shown
};

}  // namespace scaffold::viewer
