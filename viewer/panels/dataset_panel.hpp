// A dataset: its volumes, one of them in 3D and in three slices through a crosshair, its classes.
#pragma once
#include <array>
#include <memory>
#include <optional>

#include "panels/panel.hpp"
#include "scene/volume_scene.hpp"
#include "sources/dataset_source.hpp"
#include "ui/texture.hpp"
#include "ui/view_widget.hpp"

namespace scaffold::viewer {

class DatasetPanel : public Panel {
 public:
  /// Of DataError the caller makes a message in the window.
  DatasetPanel(const fs::path& folder, Context& context);

  std::string kind() const override { return "dataset"; }
  fs::path path() const override { return source_.folder(); }
  std::string title() const override { return source_.title(); }
  void draw() override;
  std::vector<Shortcut> shortcuts() override;
  nlohmann::json state() const override;
  void restore(const nlohmann::json& state) override;
  void theme_changed() override;
  View& main_view() override { return view_.view(); }

  void show_volume(std::int64_t volume);
  std::int64_t volume() const { return volume_; }
  void set_crosshair(const std::array<std::int64_t, 3>& voxel);
  const std::array<std::int64_t, 3>& crosshair() const { return crosshair_; }
  /// Only these (1 is category 0).
  void show_classes(const std::vector<int>& classes);
  const DatasetSource& source() const { return source_; }
  VolumeScene& scene() { return scene_; }

 private:
  enum class Split { all, training, validation };

  void draw_list();
  void draw_classes();
  void draw_controls();
  void draw_view(float width, float height);
  void draw_slice(int axis, float size);
  void draw_probe() const;
  void restyle();
  std::string contents(std::int64_t volume) const;

  DatasetSource source_;
  Context& context_;
  ViewWidget view_;
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
