#include "ui/slice_row.hpp"

#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "scene/slice.hpp"
#include "ui/view_widget.hpp"

namespace scaffold::viewer {
namespace {

constexpr const char* axis_names[] = {"D", "H", "W"};

}  // namespace

Index3 SliceRow::extent() const {
  Index3 e = volume_ ? volume_->extent : Index3{1, 1, 1};
  if (volume_)
    for (auto& n : e) n *= volume_->step;
  return e;
}

void SliceRow::show(std::shared_ptr<const LabelVolume> volume, std::vector<ClassStyle> styles) {
  const Index3 before = extent();
  const bool first = !volume_;
  volume_ = std::move(volume);
  styles_ = std::move(styles);
  if (first || before != extent())
    for (std::size_t axis = 0; axis < 3; ++axis) crosshair_[axis] = extent()[axis] / 2;
  repaint();
}

void SliceRow::set_styles(std::vector<ClassStyle> styles) {
  styles_ = std::move(styles);
  repaint();
}

bool SliceRow::set_crosshair(const Index3& voxel) {
  bool moved = false;
  const Index3 e = extent();
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const auto at = std::clamp<std::int64_t>(voxel[axis], 0, e[axis] - 1);
    if (at == crosshair_[axis]) continue;
    crosshair_[axis] = at;
    stale_[axis] = moved = true;
  }
  return moved;
}

void SliceRow::paint(std::size_t axis, Rgb background) {
  if (!std::exchange(stale_[axis], false)) return;
  const SlicePicture picture =
      slice(*volume_, static_cast<int>(axis), crosshair_[axis] / volume_->step, styles_, background);
  textures_[axis].upload(picture.width, picture.height, picture.rgba);
}

float SliceRow::height(float size) { return size + ImGui::GetFrameHeightWithSpacing(); }

bool SliceRow::draw(const std::string& tag, float size, bool column, Context& context) {
  if (!volume_) return false;
  bool moved = false;
  probe_.reset();
  for (std::size_t axis = 0; axis < 3; ++axis) {
    if (axis && !column) ImGui::SameLine();
    ImGui::BeginGroup();
    ImGui::PushID(tag.c_str());
    ImGui::PushID(static_cast<int>(axis));
    moved |= draw_one(tag, axis, std::max(std::floor(size), 16.f), context);
    ImGui::PopID();
    ImGui::PopID();
    ImGui::EndGroup();
  }
  return moved;
}

bool SliceRow::draw_one(const std::string& tag, std::size_t axis, float size, Context& context) {
  paint(axis, context.theme.empty);
  const auto [down, right] = plane_axes(static_cast<int>(axis));
  const Index3 e = extent();
  const auto rows = static_cast<float>(e[static_cast<std::size_t>(down)]),
             columns = static_cast<float>(e[static_cast<std::size_t>(right)]);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::InvisibleButton("slice", {size, size});
  context.tags.mark(cat(tag, "-", axis_names[axis]));
  auto* draw = ImGui::GetWindowDrawList();
  draw->AddImage(texture_id(textures_[axis].handle()), at, {at.x + size, at.y + size});
  bool moved = false;
  if (ImGui::IsMousePosValid() && (ImGui::IsItemHovered() || ImGui::IsItemActive())) {
    const ImVec2 mouse = ImGui::GetMousePos();
    auto voxel = voxel_of(static_cast<int>(axis), crosshair_[axis],
                          static_cast<std::int64_t>(std::floor((mouse.x - at.x) / size * columns)),
                          static_cast<std::int64_t>(std::floor((mouse.y - at.y) / size * rows)));
    for (std::size_t i = 0; i < 3; ++i) voxel[i] = std::clamp<std::int64_t>(voxel[i], 0, e[i] - 1);
    probe_ = voxel;
    if (ImGui::IsItemActive()) moved |= set_crosshair(voxel);
    if (const float wheel = ImGui::GetIO().MouseWheel; wheel != 0) {
      auto next = crosshair_;
      next[axis] += (wheel > 0 ? 1 : -1) * volume_->step;
      moved |= set_crosshair(next);
    }
  }
  const auto line_at = [&](int along, float cells) {
    return (static_cast<float>(crosshair_[static_cast<std::size_t>(along)]) + 0.5f) / cells * size;
  };
  const float x = at.x + line_at(right, columns), y = at.y + line_at(down, rows);
  const ImU32 line = context.theme.u32(context.theme.text, 0.4f);
  draw->AddLine({x, at.y}, {x, at.y + size}, line);
  draw->AddLine({at.x, y}, {at.x + size, y}, line);
  draw->AddRect(at, {at.x + size, at.y + size}, context.theme.u32(context.theme.faint, 0.5f));
  int index = static_cast<int>(crosshair_[axis]);
  ImGui::SetNextItemWidth(size);
  if (ImGui::SliderInt("##index", &index, 0, static_cast<int>(e[axis]) - 1,
                       cat(axis_names[axis], " = %d").c_str(), ImGuiSliderFlags_AlwaysClamp)) {
    auto next = crosshair_;
    next[axis] = index;
    moved |= set_crosshair(next);
  }
  context.tags.mark(cat(tag, "-index-", axis_names[axis]));
  return moved;
}

}  // namespace scaffold::viewer
