#include "panels/view_controls.hpp"

#include <imgui.h>
#include <vtkRenderer.h>

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "ui/flow.hpp"

namespace scaffold::viewer {
namespace {

constexpr double turntable_degrees_a_second = 30;
constexpr const char* axis_names[] = {"D", "H", "W"};

std::array<double, 6> box_of(const Index3& extent) {
  return {0, static_cast<double>(extent[0]), 0, static_cast<double>(extent[1]),
          0, static_cast<double>(extent[2])};
}

Theme theme_on(Rgb ground) { return ground.r + ground.g + ground.b < 1.5f ? dark_theme() : light_theme(); }

Index3 as_index(const std::array<int, 3>& v) { return {v[0], v[1], v[2]}; }

}  // namespace

ViewControls::ViewControls(Context& context, std::vector<Viewport> viewports)
    : context_(context), viewports_(std::move(viewports)) {
  for (const Viewport& viewport : viewports_) {
    viewport.widget->renderer()->SetBackgroundAlpha(1);
    camera_.attach(viewport.widget->renderer());
  }
  camera_.on_room([this](bool room) { show_axes(room); });
  set_axes(axes_);
  theme_changed();
}

void ViewControls::set_extent(const Index3& extent) {
  if (extent == extent_) return;
  extent_ = extent;
  clip_begin_.fill(0);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    clip_end_[axis] = static_cast<int>(extent[axis]);
    crosshair_[axis] = extent[axis] / 2;
  }
  camera_.set_bounds(box_of(extent));
  for (const Viewport& viewport : viewports_) viewport.decorations->set_bounds(box_of(extent));
  ruler_.reset();
  show_lines();
  apply_clip();
  look_from(Direction::iso);
}

void ViewControls::shown() { apply_clip(); }

void ViewControls::set_crosshair(const Index3& voxel) {
  for (std::size_t axis = 0; axis < 3; ++axis)
    crosshair_[axis] = std::clamp<std::int64_t>(voxel[axis], 0, extent_[axis] - 1);
  show_lines();
}

/// Crosshair and ruler.
void ViewControls::show_lines() {
  for (const Viewport& viewport : viewports_) {
    viewport.decorations->set_crosshair(cross_ ? std::optional(crosshair_) : std::nullopt);
    viewport.decorations->set_ruler(ruler_ ? std::optional(std::array{*ruler_, crosshair_}) : std::nullopt);
  }
  if (cross_ || ruler_) touch();
}

void ViewControls::toggle_ruler() {
  ruler_ = ruler_ ? std::nullopt : std::optional(crosshair_);
  show_lines();
  touch();
}

void ViewControls::set_representation(Representation as) {
  as_ = as;
  for (const Viewport& viewport : viewports_)
    if (viewport.volume) viewport.volume->set_representation(as);
  touch();
}

void ViewControls::set_smoothing(float smoothing) {
  smoothing_ = std::clamp(smoothing, 0.f, 1.f);
  for (const Viewport& viewport : viewports_)
    if (viewport.volume) viewport.volume->set_smoothing(static_cast<double>(smoothing_));
  touch();
}

void ViewControls::look_from(Direction direction) {
  camera_.look_from(direction);
  touch();
}

void ViewControls::set_parallel(bool parallel) {
  camera_.set_parallel(parallel);
  touch();
}

void ViewControls::set_axes(bool shown) {
  axes_ = shown;
  camera_.set_labeled(shown);
  show_axes(camera_.room());
  touch();
}

void ViewControls::show_axes(bool numbers) {
  for (const Viewport& viewport : viewports_) viewport.decorations->set_axes(axes_, axes_ && numbers);
}

/// Behind a volume or a field.
Rgb ViewControls::ground(bool field) const {
  if (background_ == Background::white) return {1, 1, 1};
  if (background_ == Background::black) return {0, 0, 0};
  // A field's ramp ends in light yellow: it needs a dark ground.
  return field ? dark_theme().scene : context_.theme.scene;
}

Theme ViewControls::suited() const { return theme_on(ground(false)); }

void ViewControls::theme_changed() {
  for (const Viewport& viewport : viewports_) {
    const Rgb behind = ground(viewport.field != nullptr);
    const Theme theme = theme_on(behind);
    viewport.widget->renderer()->SetBackground(static_cast<double>(behind.r), static_cast<double>(behind.g),
                                               static_cast<double>(behind.b));
    viewport.decorations->set_colors(theme.faint, theme.text, theme.accent, behind);
  }
  touch();
}

void ViewControls::touch() {
  for (const Viewport& viewport : viewports_) viewport.widget->view().touch();
}

void ViewControls::step() {
  const double now = ImGui::GetTime(), since = std::min(now - turned_at_, 0.2);
  turned_at_ = now;
  if (!turntable_) return;
  camera_.turn_table(turntable_degrees_a_second * since);
  touch();
}

std::optional<ClipPlane> ViewControls::plane() const {
  if (!plane_on_) return std::nullopt;
  ClipPlane plane;
  const double sign = plane_flipped_ ? -1 : 1;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    plane.normal[axis] = plane_axis_ == 3                        ? sign / std::sqrt(3.0)
                         : static_cast<int>(axis) == plane_axis_ ? sign
                                                                 : 0;
    plane.point[axis] = static_cast<double>(extent_[axis]) * static_cast<double>(plane_at_);
  }
  return plane;
}

void ViewControls::apply_clip() {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const int edge = static_cast<int>(extent_[axis]);
    clip_begin_[axis] = std::clamp(clip_begin_[axis], 0, edge - 1);
    clip_end_[axis] = std::clamp(clip_end_[axis], clip_begin_[axis] + 1, edge);
  }
  const auto cut = [&](auto* scene) {
    if (!scene) return;
    scene->set_clip(as_index(clip_begin_), as_index(clip_end_));
    scene->set_clip_plane(plane());
  };
  for (const Viewport& viewport : viewports_) {
    cut(viewport.volume);
    cut(viewport.field);
  }
  touch();
}

void ViewControls::draw_representation(float width) {
  int as = static_cast<int>(as_);
  ImGui::SetNextItemWidth(width);
  if (ImGui::Combo("##as", &as, "Voxel cubes\0Points\0Surfaces\0Ray casting\0"))
    set_representation(static_cast<Representation>(as));
  context_.tags.mark("as");
  if (as_ != Representation::surface) return;
  float smoothing = smoothing_;
  if (width > 0) same_line_if_room(width);
  ImGui::SetNextItemWidth(width);
  if (ImGui::SliderFloat("##smoothing", &smoothing, 0, 1, "smoothing %.2f", ImGuiSliderFlags_AlwaysClamp))
    set_smoothing(smoothing);
  context_.tags.mark("smoothing");
  if (ImGui::IsItemHovered())
    ImGui::SetTooltip(
        "How far steps are filled up to slopes, in half voxels.\n0: the voxels' own faces. No voxel is "
        "lost.");
}

void ViewControls::draw_directions() {
  constexpr const char* labels[] = {"iso", "D", "H", "W"};
  for (int i = 0; i < 4; ++i) {
    if (i) ImGui::SameLine(0, 0.3f * ImGui::GetFontSize());
    if (ImGui::Button(labels[i])) look_from(static_cast<Direction>(i));
    if (ImGui::IsItemHovered())
      ImGui::SetTooltip("%s", i ? cat("Look along ", labels[i]).c_str() : "Look from a corner");
    context_.tags.mark(cat("look-", direction_names[i]));
  }
}

bool ViewControls::draw_switch(const char* name, const char* tag, bool& value, const char* explained) {
  const bool changed = ImGui::Checkbox(name, &value);
  if (explained && ImGui::IsItemHovered()) ImGui::SetTooltip("%s", explained);
  context_.tags.mark(tag);
  return changed;
}

void ViewControls::draw_switches(const std::function<void()>& more) {
  bool parallel = camera_.parallel(), axes = axes_, ruler = ruler_.has_value();
  if (draw_switch("axes", "axes", axes, "Box with voxel units")) set_axes(axes);
  ImGui::SameLine();
  if (draw_switch("cross", "cross", cross_, "Crosshair in 3D")) {
    show_lines();
    touch();
  }
  ImGui::SameLine();
  if (draw_switch("ruler", "ruler", ruler, "From the crosshair as it is now to where it will be"))
    toggle_ruler();
  ImGui::SameLine();
  draw_switch("turn", "turntable", turntable_, "Turntable");
  if (draw_switch("parallel", "parallel", parallel, "No perspective")) set_parallel(parallel);
  ImGui::SameLine();
  draw_background();
  if (more) more();
}

void ViewControls::draw_background() {
  int background = static_cast<int>(background_);
  ImGui::SetNextItemWidth(9.5f * ImGui::GetFontSize());
  if (ImGui::Combo("##background", &background, "ground: theme\0white\0black\0")) {
    background_ = static_cast<Background>(background);
    theme_changed();
  }
  context_.tags.mark("background");
}

/// Whether anything is cut away.
bool ViewControls::clips() const {
  if (plane_on_) return true;
  for (std::size_t axis = 0; axis < 3; ++axis)
    if (clip_begin_[axis] > 0 || clip_end_[axis] < static_cast<int>(extent_[axis])) return true;
  return false;
}

void ViewControls::draw_clip() {
  ImGui::SetNextItemOpen(clip_open_);
  clip_open_ = ImGui::CollapsingHeader(clips() ? "Clip: something is cut away###clip" : "Clip###clip");
  context_.tags.mark("clip");
  if (!clip_open_) return;
  bool changed = false;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const int edge = static_cast<int>(extent_[axis]);
    ImGui::SetNextItemWidth(-2 * ImGui::GetFontSize());
    changed |= ImGui::DragIntRange2(axis_names[axis], &clip_begin_[axis], &clip_end_[axis],
                                    std::max(0.2f, static_cast<float>(edge) / 400), 0, edge, "from %d",
                                    "to %d", ImGuiSliderFlags_AlwaysClamp);
    context_.tags.mark(cat("clip-", axis_names[axis]));
  }
  changed |= draw_switch("plane", "plane", plane_on_);
  ImGui::SameLine();
  ImGui::BeginDisabled(!plane_on_);
  ImGui::SetNextItemWidth(5 * ImGui::GetFontSize());
  changed |= ImGui::Combo("##plane axis", &plane_axis_, "D\0H\0W\0oblique\0");
  ImGui::SameLine();
  changed |= ImGui::Checkbox("flip", &plane_flipped_);
  ImGui::SetNextItemWidth(-1);
  changed |=
      ImGui::SliderFloat("##plane at", &plane_at_, 0, 1, "at %.2f of the edge", ImGuiSliderFlags_AlwaysClamp);
  context_.tags.mark("plane-at");
  ImGui::EndDisabled();
  if (ImGui::SmallButton("Reset")) {
    clip_begin_.fill(0);
    for (std::size_t axis = 0; axis < 3; ++axis) clip_end_[axis] = static_cast<int>(extent_[axis]);
    plane_on_ = false;
    changed = true;
  }
  context_.tags.mark("clip-reset");
  if (changed) apply_clip();
}

std::vector<Shortcut> ViewControls::shortcuts() {
  std::vector<Shortcut> all;
  constexpr const char* as[] = {"Voxel cubes", "Points", "Surfaces", "Ray casting"};
  for (int i = 0; i < 4; ++i)
    all.push_back({cat(i + 1), as[i], [this, i] { set_representation(static_cast<Representation>(i)); }});
  constexpr const char* keys[] = {"r", "x", "y", "z"};
  constexpr const char* looks[] = {"Reset the camera: from a corner", "Look along D", "Look along H",
                                   "Look along W"};
  for (int i = 0; i < 4; ++i)
    all.push_back({keys[i], looks[i], [this, i] { look_from(static_cast<Direction>(i)); }});
  all.push_back({"o", "Parallel or perspective", [this] { set_parallel(!camera_.parallel()); }});
  all.push_back({"a", "Axes", [this] { set_axes(!axes_); }});
  all.push_back({"c", "Crosshair in 3D", [this] {
                   cross_ = !cross_;
                   show_lines();
                   touch();
                 }});
  all.push_back({"m", "Measure: ruler from the crosshair on", [this] { toggle_ruler(); }});
  all.push_back({"t", "Turntable", [this] { turntable_ = !turntable_; }});
  all.push_back({"k", "Clip plane", [this] {
                   plane_on_ = !plane_on_;
                   apply_clip();
                 }});
  return all;
}

}  // namespace scaffold::viewer
