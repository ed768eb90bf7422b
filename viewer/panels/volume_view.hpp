// A label volume in 3D with everything to look at it: representation, camera, clipping, ruler, turntable.
#pragma once
#include <atomic>
#include <memory>
#include <optional>

#include "panels/panel.hpp"
#include "scene/decorations.hpp"
#include "scene/volume_scene.hpp"
#include "ui/view_widget.hpp"

namespace scaffold::viewer {

class VolumeView {
 public:
  explicit VolumeView(Context& context);

  void show(std::shared_ptr<const LabelVolume> volume, std::vector<ClassStyle> styles);
  void set_styles(std::vector<ClassStyle> styles);
  /// `tag` for scripts. True when the camera moved.
  bool draw(const std::string& tag, ImVec2 size);
  /// Representation, camera, clipping and so on, as wide as there is room.
  /// `more` draws behind the last button.
  void draw_controls(const std::function<void()>& more = {});
  std::vector<Shortcut> shortcuts();
  nlohmann::json state() const;
  void restore(const nlohmann::json& state);
  void theme_changed();

  /// The voxel of a visible class under the mouse, and the one clicked in this frame; in voxels of the file.
  const std::optional<Index3>& probe() const { return probe_; }
  const std::optional<Index3>& clicked() const { return clicked_; }
  void set_crosshair(const Index3& voxel);
  void set_boxes(const std::vector<LabelledBox>& boxes);
  /// Also for a moment after the wheel: then all of the detail comes back.
  bool animating() const { return turntable_ || widget_.moving(); }
  bool busy() const { return scene_.loading(); }
  ViewWidget& widget() { return widget_; }
  VolumeScene& scene() { return scene_; }
  void touch() { widget_.view().touch(); }

 private:
  enum class Background { theme, white, black };

  void draw_camera_controls();
  void draw_clip_controls();
  void apply_clip();
  void toggle_ruler();
  void step_turntable();
  void find_probe();
  std::optional<Index3> pick_at(ImVec2 mouse) const;
  std::string detail() const;

  Context& context_;
  ViewWidget widget_;
  VolumeScene scene_;
  Decorations decorations_;
  std::shared_ptr<const LabelVolume> volume_;
  bool axes_ = true, cross_ = false, parallel_ = false, turntable_ = false, clip_open_ = false;
  Background background_ = Background::theme;
  std::array<int, 3> clip_begin_{}, clip_end_{};
  bool plane_on_ = false;
  int plane_axis_ = 0;
  bool plane_flipped_ = false;
  float plane_at_ = 0.5f;  ///< share of the extent
  Index3 crosshair_{};
  std::optional<Index3> ruler_;  ///< where it begins; it ends at the crosshair
  std::optional<Index3> probe_, clicked_;
  ImVec2 probed_at_{-1, -1};
  double turned_at_ = 0;
  std::shared_ptr<std::atomic<bool>> arrived_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace scaffold::viewer
