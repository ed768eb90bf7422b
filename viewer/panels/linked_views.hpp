// Pictures of one volume beside or over each other: one camera, one crosshair, cut alike.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "panels/legend.hpp"
#include "panels/view_controls.hpp"
#include "ui/planes.hpp"

namespace scaffold::viewer {

/// One picture of the volume.
struct Layer {
  std::string title;
  std::shared_ptr<const LabelVolume> labels;
  std::vector<ClassStyle> styles;
  std::vector<LegendEntry> legend;  ///< may be empty
};

/// With a legend of the labels beyond 0 and their numbers of voxels.
Layer with_legend(std::string title, std::shared_ptr<const LabelVolume> labels,
                  std::vector<ClassStyle> styles, const std::array<std::int64_t, 4>& voxels);

class LinkedViews {
 public:
  /// `more`, if any: drawn by others, with the same camera and controls; it must live longer.
  explicit LinkedViews(Context& context, const std::optional<Viewport>& more = {});

  /// One to three layers, all of the controls' extent.
  void show(std::vector<Layer> layers);
  std::size_t layers() const { return count_; }
  ViewControls& controls() { return controls_; }
  const ViewControls& controls() const { return controls_; }
  /// The controls', and which way the slices go.
  Properties properties();
  /// They stand on another ground now.
  void repaint_planes();
  /// Drawn fast rather than fine at the moment, or turning.
  bool animating() const { return moving_ || controls_.animating(); }

  /// Each layer with its slice across `slice_axis` below it.
  void draw_side(ImVec2 size);
  /// Which way the slices of draw_side() go.
  void draw_slice_choice();
  /// Of slices, and the controls' own.
  std::vector<Shortcut> shortcuts();
  /// The first layer left and the second right of a divider, and their three slices below.
  void draw_wipe(ImVec2 size);
  /// Under the mouse, in a view or a slice.
  const std::optional<Index3>& probe() const { return probe_; }
  View& main_view() { return panes_[0].widget.view(); }
  int slice_axis = 0;
  float wipe = 0.5f;

 private:
  struct Pane : VolumePane {
    Layer layer;
    LabelPlanes planes;
  };
  std::vector<Viewport> viewports(const std::optional<Viewport>& more);
  void share_moving();
  void draw_wipe_views(ImVec2 at, ImVec2 room);
  void follow_mouse(const ViewWidget& widget, const Pane& pane, Place& place);
  float slice_edge(float width, float height, int across) const;

  Context& context_;
  std::array<Pane, 3> panes_;
  ViewControls controls_;
  std::size_t count_ = 0;
  bool moving_ = false;
  std::optional<Index3> probe_;
};

}  // namespace scaffold::viewer
