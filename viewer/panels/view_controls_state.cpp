// What can be chosen of the view controls, as plain values.
#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "panels/view_controls.hpp"

namespace scaffold::viewer {
namespace {

constexpr const char* background_names[] = {"theme", "white", "black"};

}  // namespace

Properties ViewControls::properties() {
  Properties all;
  all.choice<Representation>(
      "as", representation_names, [this] { return as_; },
      [this](Representation as) { set_representation(as); });
  all.add<float>(
      "smoothing", [this] { return smoothing_; },
      [this](float smoothing) { set_smoothing(std::isfinite(smoothing) ? smoothing : 1); });
  all.choice("background", background_names, background_);
  all.add<bool>(
      "axes", [this] { return axes_; }, [this](bool shown) { set_axes(shown); });
  all.value("cross", cross_);
  all.value("turntable", turntable_);
  all.add<bool>(
      "parallel", [this] { return camera_.parallel(); }, [this](bool parallel) { set_parallel(parallel); });
  all.order<std::string>("view", [this](const std::string& from) {
    look_from(static_cast<Direction>(index_of("view", from, direction_names)));
  });
  all.add<CameraPose>(
      "camera", [this] { return camera_.pose(); },
      [this](const CameraPose& pose) {
        if (!sound(pose)) throw ConfigError("'camera' looks nowhere");
        camera_.set_pose(pose);
      });
  using Box = std::array<std::array<int, 3>, 2>;
  all.add<Box>(
      "clip",
      [this] {
        return Box{clip_begin_, clip_end_};
      },
      [this](const Box& box) { clip_begin_ = box[0], clip_end_ = box[1]; });
  all.group("plane", "a clip plane", plane_properties());
  all.then([this] { apply_clip(); });
  all.add<Index3>(
      "crosshair", [this] { return crosshair_; }, [this](const Index3& voxel) { set_crosshair(voxel); });
  all.add<std::optional<Index3>>(
      "ruler", [this] { return ruler_; },
      [this](std::optional<Index3> from) {
        for (std::size_t axis = 0; from && axis < 3; ++axis)
          (*from)[axis] = std::clamp<std::int64_t>((*from)[axis], 0, extent_[axis] - 1);
        ruler_ = from;
      });
  all.then([this] {
    show_lines();
    theme_changed();
  });
  return all;
}

Properties ViewControls::plane_properties() {
  Properties plane;
  plane.value("on", plane_on_);
  plane.value("axis", plane_axis_);
  plane.value("flip", plane_flipped_);
  plane.value("at", plane_at_);
  plane.then([this] {
    plane_axis_ = std::clamp(plane_axis_, 0, 3);
    plane_at_ = std::isfinite(plane_at_) ? std::clamp(plane_at_, 0.f, 1.f) : 0.5f;
  });
  return plane;
}

nlohmann::json ViewControls::found() const {
  nlohmann::json is = nlohmann::json::object();
  if (ruler_) is["ruler_voxels"] = distance(*ruler_, crosshair_);
  return is;
}

}  // namespace scaffold::viewer
