#include "panels/linked_views.hpp"

#include <vtkRenderer.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/text.hpp"
#include "panels/voxel_under.hpp"
#include "ui/flow.hpp"

namespace scaffold::viewer {
namespace {

bool same(const std::vector<ClassStyle>& a, const std::vector<ClassStyle>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.color == y.color && x.opacity == y.opacity && x.visible == y.visible;
  });
}

/// In one line, as wide as `width` whatever it says.
void draw_title(const std::string& title, float width) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  line_within(title, width);
  ImGui::SetCursorScreenPos(at);
  ImGui::Dummy({width, ImGui::GetTextLineHeight()});
}

/// Of all layers; what stands for the same in several of them once.
template <class Panes>
std::vector<LegendEntry> common_legend(const Panes& panes) {
  std::vector<LegendEntry> all;
  for (const auto& pane : panes)
    for (const auto& entry : pane.layer.legend)
      if (std::ranges::find(all, entry.text, &LegendEntry::text) == all.end()) all.push_back(entry);
  return all;
}

}  // namespace

Layer with_legend(std::string title, std::shared_ptr<const LabelVolume> labels,
                  std::vector<ClassStyle> styles, const std::array<std::int64_t, 4>& voxels) {
  Layer layer{std::move(title), std::move(labels), std::move(styles), {}};
  for (std::size_t i = 1; i < layer.styles.size(); ++i)
    layer.legend.push_back({layer.styles[i].color, cat(layer.styles[i].name, " ", voxels[i])});
  return layer;
}

LinkedViews::LinkedViews(Context& context, const std::optional<Viewport>& more)
    : context_(context), controls_(context, viewports(more)) {}

std::vector<Viewport> LinkedViews::viewports(const std::optional<Viewport>& more) {
  std::vector<Viewport> all;
  for (auto& pane : panes_) all.push_back(pane.viewport());
  if (more) all.push_back(*more);
  return all;
}

void LinkedViews::show(std::vector<Layer> layers) {
  count_ = std::min(layers.size(), panes_.size());
  for (std::size_t i = 0; i < panes_.size(); ++i) {
    Pane& pane = panes_[i];
    if (i >= count_) {
      pane.layer = {};
      continue;
    }
    if (pane.layer.labels != layers[i].labels) {
      pane.scene.show(layers[i].labels, layers[i].styles);
      pane.planes.show(layers[i].labels, layers[i].styles);
    } else if (!same(pane.layer.styles, layers[i].styles)) {
      pane.scene.set_styles(layers[i].styles);
      pane.planes.set_styles(layers[i].styles);
    }
    pane.layer = std::move(layers[i]);
  }
  controls_.shown();
}

Properties LinkedViews::properties() {
  Properties all = controls_.properties();
  all.value("slice_axis", slice_axis);
  all.then([this] { slice_axis = std::clamp(slice_axis, 0, 2); });
  return all;
}

void LinkedViews::repaint_planes() {
  for (auto& pane : panes_) pane.planes.repaint();
}

/// What moves with one is drawn as fast as that one.
void LinkedViews::share_moving() {
  const bool moving =
      std::any_of(panes_.begin(), panes_.end(), [](const Pane& pane) { return pane.widget.moving(); });
  if (moving == std::exchange(moving_, moving)) return;
  for (auto& pane : panes_) pane.widget.view().set_moving(moving);
}

/// What is under the mouse in a view is the probe; where it is clicked goes the crosshair.
void LinkedViews::follow_mouse(const ViewWidget& widget, const Pane& pane, Place& place) {
  const auto under = voxel_under(widget, pane.scene, *pane.layer.labels);
  if (!under) return;
  if (!widget.moving()) probe_ = under;
  if (widget.clicked()) place.crosshair = *under;
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
  controls_.step();
  // Below the pictures: over them it would hide what it explains.
  const LegendRows legend(common_legend(panes_), size.x);
  size.y -= legend.height();
  const auto across = static_cast<int>(count_);
  const float gap = ImGui::GetStyle().ItemSpacing.x;
  const float width =
      std::floor((size.x - static_cast<float>(across - 1) * gap) / static_cast<float>(across));
  const float edge = slice_edge(size.x, size.y, across), title = ImGui::GetTextLineHeightWithSpacing();
  const float view = size.y - title - plane_height(edge) - 2 * ImGui::GetStyle().ItemSpacing.y;
  Place place{controls_.extent(), controls_.crosshair()};
  const Theme theme = controls_.suited();
  bool moved = false;
  for (std::size_t i = 0; i < count_; ++i) {
    Pane& pane = panes_[i];
    if (i > 0) ImGui::SameLine(0, gap);
    ImGui::BeginGroup();
    draw_title(pane.layer.title, width);
    moved |= pane.widget.draw(cat("view-", i), {width, view}, context_);
    follow_mouse(pane.widget, pane, place);
    const float left = ImGui::GetCursorPosX();
    ImGui::SetCursorPosX(left + (width - edge) / 2);
    ImGui::BeginGroup();
    const PlanePicture picture{pane.planes.get(slice_axis, place.crosshair, theme.empty)};
    if (const auto under = draw_plane(cat("slice-", i), slice_axis, edge, place, picture, context_))
      probe_ = under;
    ImGui::EndGroup();
    ImGui::SetCursorPosX(left);
    ImGui::Dummy({width, 0});
    ImGui::EndGroup();
  }
  legend.draw(static_cast<float>(across - 1) * (width + gap), theme);
  if (place.crosshair != controls_.crosshair()) controls_.set_crosshair(place.crosshair);
  if (moved) controls_.touch();
  share_moving();
}

void LinkedViews::draw_slice_choice() {
  const float em = ImGui::GetFontSize();
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted("Slices across");
  for (int axis = 0; axis < 3; ++axis) {
    ImGui::SameLine(0, 0.3f * em);
    ImGui::PushID(axis);
    if (ImGui::RadioButton(std::string(1, "DHW"[axis]).c_str(), slice_axis == axis)) slice_axis = axis;
    ImGui::PopID();
    context_.tags.mark(cat("slice-axis-", axis));
  }
}

std::vector<Shortcut> LinkedViews::shortcuts() {
  std::vector<Shortcut> all{
      {"d", "Slices: across the next axis", [this] { slice_axis = (slice_axis + 1) % 3; }}};
  for (const auto& [key, by] : {std::pair("Down", 1), {"Up", -1}})
    all.push_back({key, by > 0 ? "Next slice" : "Previous slice", [this, by = by] {
                     Index3 to = controls_.crosshair();
                     to[static_cast<std::size_t>(slice_axis)] += by;
                     controls_.set_crosshair(to);
                   }});
  for (auto& shortcut : controls_.shortcuts()) all.push_back(std::move(shortcut));
  return all;
}

/// The two views, one over the other, and the divider.
void LinkedViews::draw_wipe_views(ImVec2 at, ImVec2 room) {
  const float em = ImGui::GetFontSize();
  auto* draw = ImGui::GetWindowDrawList();
  // First, so that it is above the view.
  const float x = at.x + std::floor(wipe * room.x);
  ImGui::SetCursorScreenPos({x - 0.5f * em, at.y});
  ImGui::InvisibleButton("wipe", {em, room.y});
  context_.tags.mark("wipe");
  const bool held = ImGui::IsItemActive(), over = ImGui::IsItemHovered();
  if (over || held) ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
  if (held) wipe = std::clamp((ImGui::GetMousePos().x - at.x) / room.x, 0.02f, 0.98f);

  ImGui::SetCursorScreenPos(at);
  if (panes_[0].widget.draw("view-0", room, context_)) controls_.touch();
  share_moving();
  const ImVec2 end{at.x + panes_[0].widget.size().x, at.y + panes_[0].widget.size().y};
  const unsigned second = panes_[1].widget.view().texture(static_cast<int>(panes_[0].widget.size().x),
                                                          static_cast<int>(panes_[0].widget.size().y));
  add_picture(second, {x, at.y}, end, (x - at.x) / (end.x - at.x));
  const Theme theme = controls_.suited();
  draw_legend(panes_[0].layer.legend, at, {x, end.y}, false, theme);
  draw_legend(panes_[1].layer.legend, {x, at.y}, end, true, theme);
  draw->AddLine({x, at.y}, {x, end.y}, context_.theme.u32(context_.theme.accent), over || held ? 3.f : 2.f);
  const float middle = (at.y + end.y) / 2, half = 0.4f * em;
  draw->AddCircleFilled({x, middle}, 0.8f * em, context_.theme.u32(context_.theme.accent));
  const ImU32 arrows = context_.theme.u32(context_.theme.scene);
  draw->AddTriangleFilled({x - 0.2f * em, middle - half}, {x - 0.2f * em, middle + half},
                          {x - 0.6f * em, middle}, arrows);
  draw->AddTriangleFilled({x + 0.2f * em, middle - half}, {x + 0.6f * em, middle},
                          {x + 0.2f * em, middle + half}, arrows);
}

void LinkedViews::draw_wipe(ImVec2 size) {
  probe_.reset();
  if (count_ < 2) return;
  controls_.step();
  const float em = ImGui::GetFontSize();
  const float edge = slice_edge(size.x, 0.85f * size.y, 3), title = ImGui::GetTextLineHeightWithSpacing();
  const ImVec2 room{std::max(std::floor(size.x), 16.f),
                    std::max(std::floor(size.y - title - plane_height(edge) - em / 2), 16.f)};
  const ImVec2 top = ImGui::GetCursorScreenPos();
  ImGui::TextUnformatted(cat("◀ ", panes_[0].layer.title).c_str());
  const std::string right = panes_[1].layer.title + " ▶";
  ImGui::SetCursorScreenPos({top.x + size.x - ImGui::CalcTextSize(right.c_str()).x, top.y});
  ImGui::TextUnformatted(right.c_str());
  draw_wipe_views({top.x, top.y + title}, room);

  Place place{controls_.extent(), controls_.crosshair()};
  const ViewWidget& widget = panes_[0].widget;
  const bool first = widget.mouse() && widget.mouse()->x < wipe * widget.size().x;
  follow_mouse(widget, panes_[first ? 0 : 1], place);
  const Theme theme = controls_.suited();
  const auto picture = [&](int axis) {
    const auto of = [&](Pane& pane) { return pane.planes.get(axis, place.crosshair, theme.empty); };
    return PlanePicture{of(panes_[0]), of(panes_[1]), wipe};
  };
  const float gap = std::max(0.f, (size.x - 3 * edge) / 2);
  if (const auto under = draw_planes("slice", edge, gap, place, picture, context_)) probe_ = under;
  if (place.crosshair != controls_.crosshair()) controls_.set_crosshair(place.crosshair);
}

}  // namespace scaffold::viewer
