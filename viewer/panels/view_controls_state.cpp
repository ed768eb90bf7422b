// The view controls' state as plain values, and back.
#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "panels/view_controls.hpp"

namespace scaffold::viewer {
namespace {

constexpr const char* background_names[] = {"theme", "white", "black"};

}  // namespace

nlohmann::json ViewControls::state() const {
  nlohmann::json state{
      {"as", representation_names[static_cast<std::size_t>(as_)]},
      {"camera", camera_.pose()},
      {"parallel", camera_.parallel()},
      {"axes", axes_},
      {"cross", cross_},
      {"crosshair", crosshair_},
      {"turntable", turntable_},
      {"background", background_names[static_cast<std::size_t>(background_)]},
      {"clip", {clip_begin_, clip_end_}},
      {"plane", {{"on", plane_on_}, {"axis", plane_axis_}, {"flip", plane_flipped_}, {"at", plane_at_}}}};
  state["ruler"] = ruler_ ? nlohmann::json(*ruler_) : nlohmann::json(nullptr);
  if (ruler_) state["is"]["ruler_voxels"] = distance(*ruler_, crosshair_);
  return state;
}

void ViewControls::restore(const nlohmann::json& state) {
  set_representation(static_cast<Representation>(
      take_name(state, "as", representation_names, static_cast<std::size_t>(as_))));
  background_ = static_cast<Background>(
      take_name(state, "background", background_names, static_cast<std::size_t>(background_)));
  bool axes = axes_, parallel = camera_.parallel();
  take(state, "axes", axes);
  set_axes(axes);
  take(state, "cross", cross_);
  take(state, "turntable", turntable_);
  take(state, "parallel", parallel);
  set_parallel(parallel);
  if (state.contains("view")) look_from(static_cast<Direction>(take_name(state, "view", direction_names, 0)));
  CameraPose camera = camera_.pose();
  take(state, "camera", camera);
  if (!sound(camera)) throw ConfigError("'camera' looks nowhere");
  camera_.set_pose(camera);
  restore_clip(state);
  Index3 crosshair = crosshair_;
  take(state, "crosshair", crosshair);
  set_crosshair(crosshair);
  restore_ruler(state);
  theme_changed();
}

void ViewControls::restore_clip(const nlohmann::json& state) {
  std::array<std::array<int, 3>, 2> clip{clip_begin_, clip_end_};
  take(state, "clip", clip);
  clip_begin_ = clip[0];
  clip_end_ = clip[1];
  if (const auto plane = state.find("plane"); plane != state.end() && plane->is_object()) {
    take(*plane, "on", plane_on_);
    take(*plane, "axis", plane_axis_);
    take(*plane, "flip", plane_flipped_);
    take(*plane, "at", plane_at_);
    plane_axis_ = std::clamp(plane_axis_, 0, 3);
    plane_at_ = std::isfinite(plane_at_) ? std::clamp(plane_at_, 0.f, 1.f) : 0.5f;
  }
  apply_clip();
}

void ViewControls::restore_ruler(const nlohmann::json& state) {
  const auto ruler = state.find("ruler");
  if (ruler == state.end()) return;
  ruler_.reset();
  if (!ruler->is_null()) {
    Index3 from{};
    take(state, "ruler", from);
    for (std::size_t axis = 0; axis < 3; ++axis)
      from[axis] = std::clamp<std::int64_t>(from[axis], 0, extent_[axis] - 1);
    ruler_ = from;
  }
  show_lines();
  touch();
}

}  // namespace scaffold::viewer
