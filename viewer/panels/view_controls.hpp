// How volumes are looked at, and the controls for it: camera, representation, clipping, crosshair, ruler,
// axes, background, turntable. One of these over any number of views, which then all show the same part from
// the same side.
#pragma once
#include <array>
#include <functional>
#include <optional>
#include <vector>

#include "panels/property.hpp"
#include "scene/decorations.hpp"
#include "scene/field_scene.hpp"
#include "scene/fitted_camera.hpp"
#include "scene/volume_scene.hpp"
#include "ui/shortcuts.hpp"
#include "ui/view_widget.hpp"

namespace scaffold::viewer {

/// A view that the controls act on. What it draws is one of `volume` and `field`; the other is null.
struct Viewport {
  ViewWidget* widget;
  Decorations* decorations;
  VolumeScene* volume;
  FieldScene* field;
};

/// A view of a label volume.
struct VolumePane {
  ViewWidget widget;
  VolumeScene scene{widget.renderer()};
  Decorations decorations{widget.renderer()};
  Viewport viewport() { return {&widget, &decorations, &scene, nullptr}; }
};

class ViewControls {
 public:
  /// The viewports must live longer.
  ViewControls(Context& context, std::vector<Viewport> viewports);

  /// Of the volume, in voxels of the file. Another one than before puts clip box, ruler, crosshair and camera
  /// back.
  void set_extent(const Index3& extent);
  const Index3& extent() const { return extent_; }
  /// A scene shows something else, and has lost its clip box.
  void shown();
  /// Clamped into the volume.
  void set_crosshair(const Index3& voxel);
  const Index3& crosshair() const { return crosshair_; }
  void set_representation(Representation as);
  void set_smoothing(float smoothing);
  void look_from(Direction direction);
  void theme_changed();
  /// The theme that suits the volumes' background: what is drawn on it takes its colors.
  Theme suited() const;
  /// All views are to be drawn again.
  void touch();

  /// Before the views are drawn: the turntable's next angle.
  void step();
  /// The turntable turns.
  bool animating() const { return turntable_; }

  /// What voxels are drawn as; below it, of surfaces, how smooth.
  void draw_representation(float width);
  void draw_directions();
  /// What is drawn around the volume, and how; `more` draws behind the last switch.
  void draw_switches(const std::function<void()>& more = {});
  void draw_clip();
  std::vector<Shortcut> shortcuts();

  /// For the panel that they are part of, and what was found for its "is".
  Properties properties();
  nlohmann::json found() const;

 private:
  enum class Background { theme, white, black };

  Rgb ground(bool field) const;
  bool draw_switch(const char* name, const char* tag, bool& value, const char* explained = nullptr);
  void draw_background();
  void set_parallel(bool parallel);
  void set_axes(bool shown);
  void show_axes(bool numbers);
  void show_lines();
  void toggle_ruler();
  std::optional<ClipPlane> plane() const;
  void apply_clip();
  bool clips() const;
  Properties plane_properties();

  Context& context_;
  std::vector<Viewport> viewports_;
  FittedCamera camera_;
  Index3 extent_{1, 1, 1}, crosshair_{};
  Representation as_ = Representation::cubes;
  float smoothing_ = 1;
  bool axes_ = true, cross_ = false, turntable_ = false, clip_open_ = false;
  Background background_ = Background::theme;
  std::array<int, 3> clip_begin_{}, clip_end_{1, 1, 1};
  bool plane_on_ = false, plane_flipped_ = false;
  int plane_axis_ = 0;           ///< 3: oblique
  float plane_at_ = 0.5f;        ///< share of the extent
  std::optional<Index3> ruler_;  ///< where it begins; it ends at the crosshair
  double turned_at_ = 0;
};

}  // namespace scaffold::viewer
