#include "panels/volume_view.hpp"

#include <vtkCamera.h>
#include <vtkRenderer.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "scene/pick.hpp"

namespace scaffold::viewer {
namespace {

constexpr const char* background_names[] = {"theme", "white", "black"};
constexpr double turntable_degrees_a_second = 30;

template <std::size_t N>
int index_of(const char* const (&names)[N], const std::string& name, const char* key) {
  for (std::size_t i = 0; i < N; ++i)
    if (name == names[i]) return static_cast<int>(i);
  throw ConfigError(cat("'", key, "' cannot be '", name, "'"));
}

}  // namespace

VolumeView::VolumeView(Context& context)
    : context_(context), scene_(widget_.renderer()), decorations_(widget_.renderer()) {
  scene_.set_budget(context.memory_budget);
  scene_.on_arrival([arrived = arrived_, wake = context.wake] {
    *arrived = true;
    wake();
  });
  decorations_.set_axes(axes_, axes_);
  theme_changed();
}

void VolumeView::show(std::shared_ptr<const LabelVolume> volume, std::vector<ClassStyle> styles) {
  const auto before = scene_.bounds();
  const bool first = !volume_;
  volume_ = std::move(volume);
  scene_.show(volume_, std::move(styles));
  if (first || before != scene_.bounds()) {
    const auto [begin, end] = scene_.clip();
    for (std::size_t axis = 0; axis < 3; ++axis) {
      clip_begin_[axis] = static_cast<int>(begin[axis]);
      clip_end_[axis] = static_cast<int>(end[axis]);
    }
    decorations_.set_bounds(scene_.bounds());
    ruler_.reset();
    decorations_.set_ruler(std::nullopt);
    apply_clip();
  }
  probed_at_ = {-1, -1};
  touch();
}

void VolumeView::set_styles(std::vector<ClassStyle> styles) {
  scene_.set_styles(std::move(styles));
  touch();
}

void VolumeView::set_boxes(const std::vector<LabelledBox>& boxes) {
  decorations_.set_boxes(boxes);
  touch();
}

void VolumeView::set_crosshair(const Index3& voxel) {
  crosshair_ = voxel;
  decorations_.set_crosshair(cross_ ? std::optional(voxel) : std::nullopt);
  if (ruler_) decorations_.set_ruler(std::array{*ruler_, voxel});
  if (cross_ || ruler_) touch();
}

void VolumeView::theme_changed() {
  const Theme& theme = context_.theme;
  const Rgb ground = background_ == Background::white   ? Rgb{1, 1, 1}
                     : background_ == Background::black ? Rgb{0, 0, 0}
                                                        : theme.scene;
  const bool dark = ground.r + ground.g + ground.b < 1.5f;
  const Theme suited = dark ? dark_theme() : light_theme();
  widget_.renderer()->SetBackground(ground.r, ground.g, ground.b);
  decorations_.set_colours(suited.faint, suited.text, suited.accent, ground);
  touch();
}

void VolumeView::step_turntable() {
  const double now = ImGui::GetTime();
  if (!turntable_) {
    turned_at_ = now;
    return;
  }
  turn_table(widget_.renderer(), turntable_degrees_a_second * std::min(now - turned_at_, 0.2));
  turned_at_ = now;
  touch();
}

bool VolumeView::draw(const std::string& tag, ImVec2 size) {
  step_turntable();
  if (arrived_->exchange(false)) touch();
  if (scene_.loading() || widget_.view().stale()) probed_at_ = {-1, -1};
  const bool moved = widget_.draw(tag, size, context_);
  find_probe();
  const ImVec2 low = ImGui::GetItemRectMin(), high = ImGui::GetItemRectMax();
  const std::string text = detail();
  const float em = ImGui::GetFontSize();
  ImGui::GetWindowDrawList()->AddText({low.x + 0.4f * em, high.y - 1.5f * em},
                                      ImGui::GetColorU32(ImGuiCol_TextDisabled), text.c_str());
  return moved;
}

std::string VolumeView::detail() const {
  const auto& drawn = scene_.drawn();
  if (drawn.finest == 1 && drawn.coarsest <= 1) return {};
  std::string text = drawn.finest == drawn.coarsest
                         ? cat("reduced: 1 voxel drawn for ", drawn.finest, "³")
                         : cat("detail from 1:", drawn.finest, " near to 1:", drawn.coarsest, " far");
  return scene_.loading() ? text + ", reading finer…" : text;
}

std::optional<Index3> VolumeView::pick_at(ImVec2 mouse) const {
  if (!volume_) return std::nullopt;
  const ImVec2 size = widget_.size();
  const Ray ray = ray_through(widget_.renderer(), static_cast<double>(mouse.x), static_cast<double>(mouse.y),
                              static_cast<double>(size.x), static_cast<double>(size.y));
  const auto [begin, end] = scene_.clip();
  const auto& plane = scene_.clip_plane();
  return pick(*volume_, scene_.styles(), ray, begin, end, [&](const std::array<double, 3>& p) {
    if (!plane) return true;
    double side = 0;
    for (std::size_t i = 0; i < 3; ++i) side += (p[i] - plane->point[i]) * plane->normal[i];
    return side <= 0;
  });
}

void VolumeView::find_probe() {
  clicked_.reset();
  const auto mouse = widget_.mouse();
  if (!mouse) {
    probe_.reset();
    probed_at_ = {-1, -1};
    return;
  }
  if (widget_.moving()) {  // and looked at again when it stands
    probe_.reset();
    probed_at_ = {-1, -1};
  } else if (mouse->x != probed_at_.x || mouse->y != probed_at_.y) {
    probed_at_ = *mouse;
    probe_ = pick_at(*mouse);
  }
  if (widget_.clicked()) clicked_ = pick_at(*mouse);
}

void VolumeView::toggle_ruler() {
  ruler_ = ruler_ ? std::nullopt : std::optional(crosshair_);
  decorations_.set_ruler(ruler_ ? std::optional(std::array{*ruler_, crosshair_}) : std::nullopt);
  touch();
}

void VolumeView::apply_clip() {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const int edge = static_cast<int>(scene_.bounds()[2 * axis + 1]);
    clip_begin_[axis] = std::clamp(clip_begin_[axis], 0, edge - 1);
    clip_end_[axis] = std::clamp(clip_end_[axis], clip_begin_[axis] + 1, edge);
  }
  scene_.set_clip({clip_begin_[0], clip_begin_[1], clip_begin_[2]},
                  {clip_end_[0], clip_end_[1], clip_end_[2]});
  std::optional<ClipPlane> plane;
  if (plane_on_) {
    // Across an axis, or across the diagonal of all three.
    plane.emplace();
    const auto bounds = scene_.bounds();
    const double sign = plane_flipped_ ? -1 : 1;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      plane->normal[axis] = plane_axis_ == 3                        ? sign / std::sqrt(3.0)
                            : static_cast<int>(axis) == plane_axis_ ? sign
                                                                    : 0;
      plane->point[axis] = bounds[2 * axis + 1] * static_cast<double>(plane_at_);
    }
  }
  scene_.set_clip_plane(plane);
  probed_at_ = {-1, -1};
  touch();
}

void VolumeView::draw_controls(const std::function<void()>& more) {
  int as = static_cast<int>(scene_.representation());
  ImGui::SetNextItemWidth(-1);
  if (ImGui::Combo("##as", &as, "Voxel cubes\0Points\0Surfaces\0Ray casting\0")) {
    scene_.set_representation(static_cast<Representation>(as));
    touch();
  }
  context_.tags.mark("as");
  draw_camera_controls();
  if (more) more();
  ImGui::SetNextItemOpen(clip_open_);
  clip_open_ = ImGui::CollapsingHeader("Clip");
  context_.tags.mark("clip");
  if (clip_open_) draw_clip_controls();
}

void VolumeView::draw_camera_controls() {
  constexpr const char* labels[] = {"iso", "D", "H", "W"};
  for (int i = 0; i < 4; ++i) {
    if (i) ImGui::SameLine();
    if (ImGui::Button(labels[i])) {
      scene_.look_from(static_cast<Direction>(i));
      touch();
    }
    if (ImGui::IsItemHovered())
      ImGui::SetTooltip("%s", i ? cat("Look along ", labels[i]).c_str() : "Look from a corner");
    context_.tags.mark(cat("look-", direction_names[i]));
  }
  ImGui::SameLine();
  if (ImGui::Checkbox("parallel", &parallel_)) {
    set_parallel(widget_.renderer(), parallel_);
    touch();
  }
  context_.tags.mark("parallel");
  if (ImGui::Checkbox("axes", &axes_)) {
    decorations_.set_axes(axes_, axes_);
    touch();
  }
  context_.tags.mark("axes");
  ImGui::SameLine();
  if (ImGui::Checkbox("cross", &cross_)) {
    set_crosshair(crosshair_);
    touch();
  }
  context_.tags.mark("cross");
  ImGui::SameLine();
  bool ruler = ruler_.has_value();
  if (ImGui::Checkbox("ruler", &ruler)) toggle_ruler();
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("From the crosshair as it is now to where it will be");
  context_.tags.mark("ruler");
  ImGui::SameLine();
  ImGui::Checkbox("turn", &turntable_);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Turntable");
  context_.tags.mark("turntable");
  int background = static_cast<int>(background_);
  ImGui::SetNextItemWidth(9.5f * ImGui::GetFontSize());
  if (ImGui::Combo("##background", &background, "ground: theme\0white\0black\0")) {
    background_ = static_cast<Background>(background);
    theme_changed();
  }
  context_.tags.mark("background");
}

void VolumeView::draw_clip_controls() {
  bool changed = false;
  constexpr const char* names[] = {"D", "H", "W"};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const int edge = static_cast<int>(scene_.bounds()[2 * axis + 1]);
    ImGui::SetNextItemWidth(-2 * ImGui::GetFontSize());
    changed |= ImGui::DragIntRange2(names[axis], &clip_begin_[axis], &clip_end_[axis],
                                    std::max(0.2f, static_cast<float>(edge) / 400), 0, edge, "from %d",
                                    "to %d", ImGuiSliderFlags_AlwaysClamp);
    context_.tags.mark(cat("clip-", names[axis]));
  }
  changed |= ImGui::Checkbox("plane", &plane_on_);
  context_.tags.mark("plane");
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
    for (std::size_t axis = 0; axis < 3; ++axis)
      clip_end_[axis] = static_cast<int>(scene_.bounds()[2 * axis + 1]);
    plane_on_ = false;
    changed = true;
  }
  context_.tags.mark("clip-reset");
  if (changed) apply_clip();
}

std::vector<Shortcut> VolumeView::shortcuts() {
  std::vector<Shortcut> all;
  constexpr const char* as[] = {"Voxel cubes", "Points", "Surfaces", "Ray casting"};
  for (int i = 0; i < 4; ++i)
    all.push_back({cat(i + 1), as[i], [this, i] {
                     scene_.set_representation(static_cast<Representation>(i));
                     touch();
                   }});
  constexpr const char* keys[] = {"r", "x", "y", "z"};
  constexpr const char* looks[] = {"Reset the camera: from a corner", "Look along D", "Look along H",
                                   "Look along W"};
  for (int i = 0; i < 4; ++i)
    all.push_back({keys[i], looks[i], [this, i] {
                     scene_.look_from(static_cast<Direction>(i));
                     touch();
                   }});
  all.push_back({"o", "Parallel or perspective", [this] {
                   parallel_ = !parallel_;
                   set_parallel(widget_.renderer(), parallel_);
                   touch();
                 }});
  all.push_back({"a", "Axes", [this] {
                   axes_ = !axes_;
                   decorations_.set_axes(axes_, axes_);
                   touch();
                 }});
  all.push_back({"c", "Crosshair in 3D", [this] {
                   cross_ = !cross_;
                   set_crosshair(crosshair_);
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

nlohmann::json VolumeView::state() const {
  nlohmann::json state{
      {"as", representation_names[static_cast<std::size_t>(scene_.representation())]},
      {"camera", pose(widget_.renderer())},
      {"parallel", parallel_},
      {"axes", axes_},
      {"cross", cross_},
      {"turntable", turntable_},
      {"background", background_names[static_cast<std::size_t>(background_)]},
      {"clip", {clip_begin_, clip_end_}},
      {"plane", {{"on", plane_on_}, {"axis", plane_axis_}, {"flip", plane_flipped_}, {"at", plane_at_}}}};
  state["ruler"] = ruler_ ? nlohmann::json(*ruler_) : nlohmann::json(nullptr);
  if (ruler_) state["is"]["ruler_voxels"] = distance(*ruler_, crosshair_);
  state["is"]["step"] = scene_.drawn().finest;
  state["is"]["coarsest_step"] = scene_.drawn().coarsest;
  state["is"]["primitives"] = scene_.drawn().primitives;
  state["is"]["bytes"] = scene_.drawn().bytes;
  return state;
}

void VolumeView::restore(const nlohmann::json& state) {
  std::string name;
  take(state, "as", name);
  if (!name.empty())
    scene_.set_representation(static_cast<Representation>(index_of(representation_names, name, "as")));
  name.clear();
  take(state, "background", name);
  if (!name.empty()) background_ = static_cast<Background>(index_of(background_names, name, "background"));
  take(state, "axes", axes_);
  decorations_.set_axes(axes_, axes_);
  take(state, "cross", cross_);
  take(state, "turntable", turntable_);
  take(state, "parallel", parallel_);
  set_parallel(widget_.renderer(), parallel_);
  name.clear();
  take(state, "view", name);
  if (!name.empty()) scene_.look_from(static_cast<Direction>(index_of(direction_names, name, "view")));
  CameraPose camera = pose(widget_.renderer());
  take(state, "camera", camera);
  if (!sound(camera)) throw ConfigError("'camera' looks nowhere");
  set_pose(widget_.renderer(), camera);
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
    plane_at_ = std::clamp(plane_at_, 0.f, 1.f);
  }
  if (const auto ruler = state.find("ruler"); ruler != state.end()) {
    if (ruler->is_null()) {
      ruler_.reset();
      decorations_.set_ruler(std::nullopt);
    } else {
      Index3 from{};
      take(state, "ruler", from);
      for (std::size_t axis = 0; axis < 3; ++axis)
        from[axis] = std::clamp<std::int64_t>(from[axis], 0,
                                              static_cast<std::int64_t>(scene_.bounds()[2 * axis + 1]) - 1);
      ruler_ = from;
    }
  }
  if (volume_) apply_clip();
  set_crosshair(crosshair_);
  theme_changed();
}

}  // namespace scaffold::viewer
