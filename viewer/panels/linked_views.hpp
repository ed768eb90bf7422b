// Pictures of one volume beside or over each other: one camera, one crosshair.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scene/decorations.hpp"
#include "scene/volume_scene.hpp"
#include "ui/texture.hpp"
#include "ui/view_widget.hpp"

class vtkCamera;

namespace scaffold::viewer {

using Voxel = std::array<std::int64_t, 3>;

/// One picture of the volume.
struct Layer {
  std::string title;
  std::shared_ptr<const LabelVolume> labels;
  std::vector<ClassStyle> styles;
};

/// Draws the plane of a texture (and right of `wipe`, a share of the width, of a second one), with the
/// crosshair; the mouse moves it. `tag` names it for scripts. The voxel under the mouse, if any.
std::optional<Voxel> draw_plane(const std::string& tag, int axis, float size, const Voxel& extent,
                                Voxel& crosshair, unsigned texture, unsigned second, float wipe,
                                Context& context);

class LinkedViews {
 public:
  explicit LinkedViews(Context& context);
  ~LinkedViews();

  /// One to three layers, all of the same extent.
  void show(std::vector<Layer> layers);
  std::size_t layers() const { return count_; }
  void set_representation(Representation as);
  Representation representation() const { return as_; }
  void set_axes(bool shown);
  bool axes() const { return axes_; }
  void look_from(Direction direction);
  void set_crosshair(Voxel voxel);
  const Voxel& crosshair() const { return crosshair_; }
  void theme_changed();
  /// Drawn fast rather than fine at the moment.
  bool moving() const { return moving_; }

  /// Each layer with its slice across `slice_axis` below it.
  void draw_side(ImVec2 size);
  /// The first layer left and the second right of a divider, and their three slices below.
  void draw_wipe(ImVec2 size);
  /// Under the mouse, in a slice.
  const std::optional<Voxel>& probe() const { return probe_; }
  /// A picture of something else is drawn with this camera: it has moved, or is to be drawn again.
  void touch();
  /// The camera was set from elsewhere: what is shown first does not move it.
  void keep_camera();
  /// The mouse has moved it: from now on it is not fitted to the size of the views.
  void camera_moved();
  /// Before drawing at this size: steps back so far that the whole volume is seen.
  void fit(float width, float height);
  vtkCamera* camera() const;
  View& main_view() { return panes_[0].widget.view(); }
  int slice_axis = 0;
  float wipe = 0.5f;

 private:
  struct Pane {
    ViewWidget widget;
    std::unique_ptr<VolumeScene> scene;
    std::unique_ptr<Decorations> decorations;
    Layer layer;
    std::array<Texture, 3> slices;
    std::array<bool, 3> stale{true, true, true};
  };
  unsigned slice_texture(Pane& pane, int axis);
  void keep_in_sight();
  void share_moving();
  float slice_edge(float width, float height, int across) const;
  void crosshair_moved(const Voxel& before);

  Context& context_;
  vtkSmartPointer<vtkCamera> camera_;
  std::array<Pane, 3> panes_;
  std::size_t count_ = 0;
  Representation as_ = Representation::cubes;
  bool axes_ = false, camera_kept_ = false, moving_ = false;
  bool fits_ = true;               ///< the camera is where look_from put it
  std::array<float, 2> fitted_{};  ///< size of the views that it was fitted to
  Direction direction_ = Direction::iso;
  Voxel extent_{}, crosshair_{};
  std::optional<Voxel> probe_;
};

}  // namespace scaffold::viewer
