#include "panels/linked_views.hpp"

#include <vtkCamera.h>
#include <vtkRenderer.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/text.hpp"
#include "scene/slice.hpp"

namespace scaffold::viewer {
namespace {

const char* const axis_names = "DHW";

bool same(const std::vector<ClassStyle>& a, const std::vector<ClassStyle>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.colour == y.colour && x.opacity == y.opacity && x.visible == y.visible;
  });
}

/// In one line, cut at `width`.
void draw_title(const std::string& title, float width) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::PushClipRect(at, {at.x + width, at.y + ImGui::GetTextLineHeightWithSpacing()}, true);
  ImGui::GetWindowDrawList()->AddText(at, ImGui::GetColorU32(ImGuiCol_Text), title.c_str());
  ImGui::PopClipRect();
  ImGui::Dummy({width, ImGui::GetTextLineHeight()});
  if (ImGui::IsItemHovered() && ImGui::CalcTextSize(title.c_str()).x > width)
    ImGui::SetTooltip("%s", title.c_str());
}

void move_crosshair(int axis, ImVec2 at, float size, const Voxel& extent, const Voxel& under,
                    Voxel& crosshair) {
  if (ImGui::IsItemActive()) {
    // Held: followed beyond the picture's border as well.
    const ImVec2 mouse = ImGui::GetMousePos();
    const auto [down, right] = plane_axes(axis);
    const auto d = static_cast<std::size_t>(down), r = static_cast<std::size_t>(right);
    const auto share = [](float x) { return static_cast<double>(std::clamp(x, 0.f, 0.9999f)); };
    crosshair[r] = static_cast<std::int64_t>(share((mouse.x - at.x) / size) * static_cast<double>(extent[r]));
    crosshair[d] = static_cast<std::int64_t>(share((mouse.y - at.y) / size) * static_cast<double>(extent[d]));
  }
  const auto a = static_cast<std::size_t>(axis);
  if (const float wheel = ImGui::GetIO().MouseWheel; ImGui::IsItemHovered() && wheel != 0)
    crosshair[a] = std::clamp<std::int64_t>(under[a] + (wheel > 0 ? 1 : -1), 0, extent[a] - 1);
}

}  // namespace

std::optional<Voxel> draw_plane(const std::string& tag, int axis, float size, const Voxel& extent,
                                Voxel& crosshair, unsigned texture, unsigned second, float wipe,
                                Context& context) {
  const auto a = static_cast<std::size_t>(axis);
  const auto [down, right] = plane_axes(axis);
  const auto rows = static_cast<float>(extent[static_cast<std::size_t>(down)]),
             columns = static_cast<float>(extent[static_cast<std::size_t>(right)]);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::PushID(tag.c_str());
  ImGui::InvisibleButton("plane", {size, size});
  context.tags.mark(tag);
  std::optional<Voxel> under;
  if (ImGui::IsItemHovered()) {
    const ImVec2 mouse = ImGui::GetMousePos();
    under = voxel_of(axis, crosshair[a], static_cast<std::int64_t>((mouse.x - at.x) / size * columns),
                     static_cast<std::int64_t>((mouse.y - at.y) / size * rows));
    for (std::size_t i = 0; i < 3; ++i) (*under)[i] = std::clamp<std::int64_t>((*under)[i], 0, extent[i] - 1);
  }
  move_crosshair(axis, at, size, extent, under.value_or(crosshair), crosshair);
  auto* draw = ImGui::GetWindowDrawList();
  const ImVec2 end{at.x + size, at.y + size};
  const float cut = second ? std::clamp(wipe, 0.f, 1.f) : 1;
  draw->AddImage(texture_id(texture), at, {at.x + cut * size, end.y}, {0, 0}, {cut, 1});
  if (second) draw->AddImage(texture_id(second), {at.x + cut * size, at.y}, end, {cut, 0}, {1, 1});
  draw->AddRect(at, end, context.theme.u32(context.theme.faint, 0.5f));
  const float x =
      at.x + (static_cast<float>(crosshair[static_cast<std::size_t>(right)]) + 0.5f) / columns * size;
  const float y = at.y + (static_cast<float>(crosshair[static_cast<std::size_t>(down)]) + 0.5f) / rows * size;
  // Light beside dark: seen on any picture.
  for (const auto& [by, line] :
       {std::pair(0.f, IM_COL32(0, 0, 0, 110)), {1.f, IM_COL32(255, 255, 255, 120)}}) {
    draw->AddLine({x + by, at.y}, {x + by, end.y}, line);
    draw->AddLine({at.x, y + by}, {end.x, y + by}, line);
  }
  if (second)
    draw->AddLine({at.x + cut * size, at.y}, {at.x + cut * size, end.y},
                  context.theme.u32(context.theme.accent));
  int index = static_cast<int>(crosshair[a]);
  ImGui::SetNextItemWidth(size);
  if (ImGui::SliderInt("##index", &index, 0, static_cast<int>(extent[a]) - 1,
                       cat(axis_names[axis], " = %d").c_str(), ImGuiSliderFlags_AlwaysClamp))
    crosshair[a] = index;
  context.tags.mark(tag + "-index");
  ImGui::PopID();
  return under;
}

LinkedViews::LinkedViews(Context& context) : context_(context), camera_(vtkSmartPointer<vtkCamera>::New()) {
  for (auto& pane : panes_) {
    pane.widget.renderer()->SetActiveCamera(camera_);
    pane.widget.renderer()->SetBackgroundAlpha(1);
    pane.scene = std::make_unique<VolumeScene>(pane.widget.renderer());
    pane.decorations = std::make_unique<Decorations>(pane.widget.renderer());
    pane.decorations->set_axes(true, axes_);
  }
  theme_changed();
}

LinkedViews::~LinkedViews() = default;
vtkCamera* LinkedViews::camera() const { return camera_; }

void LinkedViews::show(std::vector<Layer> layers) {
  count_ = std::min(layers.size(), panes_.size());
  if (count_ == 0) return;
  const Voxel extent = layers[0].labels->extent;
  const bool fresh = extent != extent_;
  extent_ = extent;
  double position[3], focus[3], up[3];
  camera_->GetPosition(position);
  camera_->GetFocalPoint(focus);
  camera_->GetViewUp(up);
  for (std::size_t i = 0; i < count_; ++i) {
    Pane& pane = panes_[i];
    const bool other = pane.layer.labels != layers[i].labels;
    if (other) {
      pane.scene->show(layers[i].labels, layers[i].styles);
      pane.decorations->set_bounds(pane.scene->bounds());
    } else if (!same(pane.layer.styles, layers[i].styles)) {
      pane.scene->set_styles(layers[i].styles);
    } else {
      pane.layer.title = layers[i].title;
      continue;
    }
    pane.layer = std::move(layers[i]);
    pane.stale.fill(true);
    pane.widget.view().touch();
  }
  for (std::size_t i = count_; i < panes_.size(); ++i) panes_[i].layer = {};
  // A scene that shows something of another size turns the camera to it: each would, and it is one camera.
  camera_->SetPosition(position);
  camera_->SetFocalPoint(focus);
  camera_->SetViewUp(up);
  if (fresh) {
    if (!std::exchange(camera_kept_, false)) look_from(Direction::iso);
    set_crosshair({extent_[0] / 2, extent_[1] / 2, extent_[2] / 2});
  }
  keep_in_sight();
}

void LinkedViews::set_representation(Representation as) {
  as_ = as;
  for (auto& pane : panes_) pane.scene->set_representation(as);
  touch();
}

void LinkedViews::set_axes(bool shown) {
  axes_ = shown;
  fitted_ = {};
  for (auto& pane : panes_) pane.decorations->set_axes(true, shown);
  touch();
}

void LinkedViews::look_from(Direction direction) {
  if (count_ == 0) return;
  panes_[0].scene->look_from(direction);
  direction_ = direction;
  fits_ = true;
  fitted_ = {};
  touch();
}

void LinkedViews::set_crosshair(Voxel voxel) {
  const Voxel before = crosshair_;
  for (std::size_t axis = 0; axis < 3; ++axis)
    crosshair_[axis] = std::clamp<std::int64_t>(voxel[axis], 0, std::max<std::int64_t>(extent_[axis] - 1, 0));
  crosshair_moved(before);
}

void LinkedViews::crosshair_moved(const Voxel& before) {
  for (std::size_t axis = 0; axis < 3; ++axis)
    if (crosshair_[axis] != before[axis])
      for (auto& pane : panes_) pane.stale[axis] = true;
}

void LinkedViews::keep_camera() {
  camera_kept_ = count_ == 0;
  fits_ = false;
  touch();
}

void LinkedViews::camera_moved() {
  fits_ = false;
  touch();
}

void LinkedViews::theme_changed() {
  const Rgb c = context_.theme.scene;
  for (auto& pane : panes_) {
    pane.widget.renderer()->SetBackground(static_cast<double>(c.r), static_cast<double>(c.g),
                                          static_cast<double>(c.b));
    pane.decorations->set_colours(context_.theme.faint, context_.theme.text, context_.theme.accent, c);
    pane.stale.fill(true);
  }
  touch();
}

void LinkedViews::touch() {
  keep_in_sight();
  for (auto& pane : panes_) pane.widget.view().touch();
}

/// One camera, several renderers: what is near and far must hold for the whole volume, not for what one of
/// them happens to show.
void LinkedViews::keep_in_sight() {
  const double margin = 0.5 * static_cast<double>(extent_[0]);
  panes_[0].widget.renderer()->ResetCameraClippingRange(-margin, static_cast<double>(extent_[0]) + margin,
                                                        -margin, static_cast<double>(extent_[1]) + margin,
                                                        -margin, static_cast<double>(extent_[2]) + margin);
}

void LinkedViews::fit(float width, float height) {
  const std::array<float, 2> size{width, height};
  if (!fits_ || count_ == 0 || size == fitted_) return;
  fitted_ = size;
  panes_[0].scene->look_from(direction_);
  const double text = static_cast<double>(ImGui::GetFontSize()) / 15;
  const double around = 12 * text;
  viewer::fit(panes_[0].widget.renderer(), panes_[0].scene->bounds(), static_cast<double>(width),
              static_cast<double>(height),
              axes_ ? label_margins(text) : Margins{around, around, around, around});
  touch();
}

/// What moves with one is drawn as fast as that one.
void LinkedViews::share_moving() {
  const bool moving =
      std::any_of(panes_.begin(), panes_.end(), [](const Pane& pane) { return pane.widget.moving(); });
  if (moving == std::exchange(moving_, moving)) return;
  for (auto& pane : panes_) pane.widget.view().set_moving(moving);
}

unsigned LinkedViews::slice_texture(Pane& pane, int axis) {
  const auto a = static_cast<std::size_t>(axis);
  if (pane.stale[a]) {
    const SlicePicture picture =
        slice(*pane.layer.labels, axis, crosshair_[a], pane.layer.styles, context_.theme.empty);
    pane.slices[a].upload(picture.width, picture.height, picture.rgba);
    pane.stale[a] = false;
  }
  return pane.slices[a].handle();
}

float LinkedViews::slice_edge(float width, float height, int across) const {
  const float gap = ImGui::GetStyle().ItemSpacing.x;
  return std::max(
      std::floor(std::min((width - static_cast<float>(across - 1) * gap) / static_cast<float>(across),
                          0.42f * height)),
      16.f);
}

void LinkedViews::draw_side(ImVec2 size) {
  probe_.reset();
  if (count_ == 0) return;
  const auto across = static_cast<int>(count_);
  const float gap = ImGui::GetStyle().ItemSpacing.x, line = ImGui::GetFrameHeightWithSpacing();
  const float width =
      std::floor((size.x - static_cast<float>(across - 1) * gap) / static_cast<float>(across));
  const float edge = slice_edge(size.x, size.y, across), title = ImGui::GetTextLineHeightWithSpacing();
  const Voxel before = crosshair_;
  const float view = size.y - title - edge - line - 2 * ImGui::GetStyle().ItemSpacing.y;
  fit(width, view);
  bool moved = false;
  for (std::size_t i = 0; i < count_; ++i) {
    Pane& pane = panes_[i];
    if (i > 0) ImGui::SameLine(0, gap);
    ImGui::BeginGroup();
    draw_title(pane.layer.title, width);
    moved |= pane.widget.draw(cat("view-", i), {width, view}, context_);
    const float left = ImGui::GetCursorPosX();
    ImGui::SetCursorPosX(left + (width - edge) / 2);
    ImGui::BeginGroup();
    const unsigned texture = slice_texture(pane, slice_axis);
    if (const auto under =
            draw_plane(cat("slice-", i), slice_axis, edge, extent_, crosshair_, texture, 0, 1, context_))
      probe_ = under;
    ImGui::EndGroup();
    ImGui::SetCursorPosX(left);
    ImGui::Dummy({width, 0});
    ImGui::EndGroup();
  }
  crosshair_moved(before);
  if (moved) camera_moved();
  share_moving();
}

void LinkedViews::draw_wipe(ImVec2 size) {
  probe_.reset();
  if (count_ < 2) return;
  const float em = ImGui::GetFontSize(), line = ImGui::GetFrameHeightWithSpacing();
  const float edge = slice_edge(size.x, 0.85f * size.y, 3), title = ImGui::GetTextLineHeightWithSpacing();
  const ImVec2 room{std::max(std::floor(size.x), 16.f),
                    std::max(std::floor(size.y - title - edge - line - em / 2), 16.f)};
  fit(room.x, room.y);
  auto* draw = ImGui::GetWindowDrawList();
  const ImVec2 top = ImGui::GetCursorScreenPos();
  ImGui::TextUnformatted(cat("◀ ", panes_[0].layer.title).c_str());
  const std::string right = panes_[1].layer.title + " ▶";
  ImGui::SetCursorScreenPos({top.x + size.x - ImGui::CalcTextSize(right.c_str()).x, top.y});
  ImGui::TextUnformatted(right.c_str());
  const ImVec2 at{top.x, top.y + title};

  // First, so that it is above the view.
  const float x = at.x + std::floor(wipe * room.x);
  ImGui::SetCursorScreenPos({x - 0.5f * em, at.y});
  ImGui::InvisibleButton("wipe", {em, room.y});
  context_.tags.mark("wipe");
  const bool held = ImGui::IsItemActive(), over = ImGui::IsItemHovered();
  if (over || held) ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
  if (held) wipe = std::clamp((ImGui::GetMousePos().x - at.x) / room.x, 0.02f, 0.98f);

  ImGui::SetCursorScreenPos(at);
  if (panes_[0].widget.draw("view-0", room, context_)) camera_moved();
  share_moving();
  const ImVec2 end{at.x + panes_[0].widget.size().x, at.y + panes_[0].widget.size().y};
  const unsigned second = panes_[1].widget.view().texture(static_cast<int>(panes_[0].widget.size().x),
                                                          static_cast<int>(panes_[0].widget.size().y));
  add_picture(second, {x, at.y}, end, (x - at.x) / (end.x - at.x));
  draw->AddLine({x, at.y}, {x, end.y}, context_.theme.u32(context_.theme.accent), over || held ? 3.f : 2.f);
  const float middle = (at.y + end.y) / 2, half = 0.4f * em;
  draw->AddCircleFilled({x, middle}, 0.8f * em, context_.theme.u32(context_.theme.accent));
  const ImU32 arrows = context_.theme.u32(context_.theme.scene);
  draw->AddTriangleFilled({x - 0.2f * em, middle - half}, {x - 0.2f * em, middle + half},
                          {x - 0.6f * em, middle}, arrows);
  draw->AddTriangleFilled({x + 0.2f * em, middle - half}, {x + 0.6f * em, middle},
                          {x + 0.2f * em, middle + half}, arrows);

  const Voxel before = crosshair_;
  for (int axis = 0; axis < 3; ++axis) {
    if (axis > 0) ImGui::SameLine(0, std::max(0.f, (size.x - 3 * edge) / 2));
    ImGui::BeginGroup();
    const unsigned a = slice_texture(panes_[0], axis), b = slice_texture(panes_[1], axis);
    if (const auto under =
            draw_plane(cat("slice-", axis), axis, edge, extent_, crosshair_, a, b, wipe, context_))
      probe_ = under;
    ImGui::EndGroup();
  }
  crosshair_moved(before);
}

}  // namespace scaffold::viewer
