// A label volume in 3D, at the detail that memory and camera allow, and what is under the mouse.
#pragma once
#include <atomic>
#include <memory>
#include <optional>

#include "panels/view_controls.hpp"

namespace scaffold::viewer {

class VolumeView {
 public:
  explicit VolumeView(Context& context);

  void show(std::shared_ptr<const LabelVolume> volume, std::vector<ClassStyle> styles);
  void set_styles(std::vector<ClassStyle> styles);
  /// `tag` for scripts. True when the camera moved.
  bool draw(const std::string& tag, ImVec2 size);
  ViewControls& controls() { return controls_; }
  const ViewControls& controls() const { return controls_; }
  /// What the controls have found, and what is drawn.
  nlohmann::json found() const;

  /// The voxel of a visible class under the mouse, and the one clicked in this frame; in voxels of the file.
  const std::optional<Index3>& probe() const { return probe_; }
  const std::optional<Index3>& clicked() const { return clicked_; }
  void set_boxes(const std::vector<LabeledBox>& boxes);
  /// Also for a moment after the wheel: then all of the detail comes back.
  bool animating() const { return controls_.animating() || pane_.widget.moving(); }
  bool busy() const { return pane_.scene.loading(); }
  View& view() { return pane_.widget.view(); }

 private:
  void find_probe();
  std::string detail() const;

  Context& context_;
  VolumePane pane_;
  ViewControls controls_;
  std::shared_ptr<const LabelVolume> volume_;
  std::optional<Index3> probe_, clicked_;
  std::shared_ptr<std::atomic<bool>> arrived_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace scaffold::viewer
