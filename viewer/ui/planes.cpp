#include "ui/planes.hpp"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <utility>

#include "core/text.hpp"
#include "ui/view_widget.hpp"

namespace scaffold::viewer {
namespace {

constexpr const char* axis_names[] = {"D", "H", "W"};

/// Room left of and above a plane for its axes' letters and ends; none where the plane would get too small.
struct Edges {
  float left = 0, above = 0, text = 0;

  Edges(int across, float size, const Place& place) {
    const float em = ImGui::GetFontSize();
    if (size < 7 * em) return;
    text = 0.8f * em;
    const auto down = static_cast<std::size_t>(plane_axes(across)[0]);
    const std::string widest = cat(place.extent[down]);
    left = ImGui::CalcTextSize(widest.c_str()).x * text / em + 0.3f * em;
    above = text + 0.15f * em;
  }
  float taken() const { return std::max(left, above); }
};

/// A square of the window that shows a plane.
struct Square {
  ImVec2 at;
  float size;
  std::size_t axis, down, right;

  Square(int across, ImVec2 corner, float edge)
      : at(corner), size(edge), axis(static_cast<std::size_t>(across)) {
    const auto [d, r] = plane_axes(across);
    down = static_cast<std::size_t>(d);
    right = static_cast<std::size_t>(r);
  }
  ImVec2 end() const { return {at.x + size, at.y + size}; }
  /// Under the mouse; the nearest of the plane when it is beside it.
  Index3 voxel(ImVec2 mouse, const Place& place) const {
    Index3 found = place.crosshair;
    const auto along = [&](float pixels, std::int64_t cells) {
      const double share = static_cast<double>(std::clamp(pixels / size, 0.f, 1.f));
      return std::min(static_cast<std::int64_t>(share * static_cast<double>(cells)), cells - 1);
    };
    found[right] = along(mouse.x - at.x, place.extent[right]);
    found[down] = along(mouse.y - at.y, place.extent[down]);
    return found;
  }
  /// The middle of the crosshair's voxel.
  ImVec2 cross(const Place& place) const {
    const auto middle = [&](std::size_t i) {
      return (static_cast<float>(place.crosshair[i]) + 0.5f) / static_cast<float>(place.extent[i]) * size;
    };
    return {at.x + middle(right), at.y + middle(down)};
  }
};

void paint(const Square& square, const Place& place, const PlanePicture& picture, const Context& context) {
  auto* draw = ImGui::GetWindowDrawList();
  const ImVec2 at = square.at, end = square.end();
  const float cut = picture.second ? std::clamp(picture.wipe, 0.f, 1.f) : 1, x_cut = at.x + cut * square.size;
  draw->AddImage(texture_id(picture.first), at, {x_cut, end.y}, {0, 0}, {cut, 1});
  if (picture.second) draw->AddImage(texture_id(picture.second), {x_cut, at.y}, end, {cut, 0}, {1, 1});
  draw->AddRect(at, end, context.theme.u32(context.theme.faint, 0.5f));
  const auto [x, y] = square.cross(place);
  // Light beside dark: seen on any picture.
  for (const auto& [by, line] :
       {std::pair(0.f, IM_COL32(0, 0, 0, 110)), {1.f, IM_COL32(255, 255, 255, 120)}}) {
    draw->AddLine({x + by, at.y}, {x + by, end.y}, line);
    draw->AddLine({at.x, y + by}, {end.x, y + by}, line);
  }
  if (picture.second) draw->AddLine({x_cut, at.y}, {x_cut, end.y}, context.theme.u32(context.theme.accent));
}

/// The axis that goes down at the left, the one that goes right above: 0, its letter, its extent.
void label(const Square& square, const Place& place, const Edges& edges, const Context& context) {
  if (edges.text == 0) return;
  auto* draw = ImGui::GetWindowDrawList();
  ImFont* font = ImGui::GetFont();
  const ImU32 color = context.theme.u32(context.theme.faint);
  const auto write = [&](const std::string& text, ImVec2 at, ImVec2 anchor) {
    const ImVec2 size = font->CalcTextSizeA(edges.text, FLT_MAX, 0, text.c_str());
    draw->AddText(font, edges.text, {at.x - anchor.x * size.x, at.y - anchor.y * size.y}, color,
                  text.c_str());
  };
  const float x = square.at.x - 0.15f * ImGui::GetFontSize(), y = square.at.y - 0.05f * ImGui::GetFontSize();
  const ImVec2 end = square.end();
  write("0", {x, square.at.y}, {1, 0});
  write(axis_names[square.down], {x, (square.at.y + end.y) / 2}, {1, 0.5f});
  write(cat(place.extent[square.down]), {x, end.y}, {1, 1});
  write("0", {square.at.x, y}, {0, 1});
  write(axis_names[square.right], {(square.at.x + end.x) / 2, y}, {0.5f, 1});
  write(cat(place.extent[square.right]), {end.x, y}, {1, 1});
}

}  // namespace

unsigned PlaneTextures::get(int axis, std::int64_t index, const std::function<SlicePicture()>& paint) {
  const auto a = static_cast<std::size_t>(axis);
  if (std::exchange(shown_[a], index) != index) {
    const SlicePicture picture = paint();
    textures_[a].upload(picture.width, picture.height, picture.rgba);
  }
  return textures_[a].handle();
}

void LabelPlanes::show(std::shared_ptr<const LabelVolume> volume, std::vector<ClassStyle> styles) {
  volume_ = std::move(volume);
  set_styles(std::move(styles));
}

void LabelPlanes::set_styles(std::vector<ClassStyle> styles) {
  styles_ = std::move(styles);
  repaint();
}

unsigned LabelPlanes::get(int axis, const Index3& crosshair, Rgb background) {
  if (!volume_) return 0;
  const std::int64_t index = crosshair[static_cast<std::size_t>(axis)] / volume_->step;
  return textures_.get(axis, index, [&] { return slice(*volume_, axis, index, styles_, background); });
}

std::optional<Index3> draw_plane(const std::string& tag, int axis, float size, Place& place,
                                 const PlanePicture& picture, Context& context) {
  const Edges edges(axis, size, place);
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  const Square square(axis, {corner.x + edges.left, corner.y + edges.above}, size - edges.taken());
  const auto a = static_cast<std::size_t>(axis);
  const std::int64_t last = place.extent[a] - 1;
  ImGui::PushID(tag.c_str());
  ImGui::SetCursorScreenPos(square.at);
  ImGui::InvisibleButton("plane", {square.size, square.size});
  context.tags.mark(tag);
  std::optional<Index3> under;
  if (ImGui::IsMousePosValid() && (ImGui::IsItemHovered() || ImGui::IsItemActive())) {
    under = square.voxel(ImGui::GetMousePos(), place);
    if (ImGui::IsItemActive()) place.crosshair = *under;
    if (const float wheel = ImGui::GetIO().MouseWheel; ImGui::IsItemHovered() && wheel != 0)
      place.crosshair[a] =
          std::clamp<std::int64_t>(place.crosshair[a] + (wheel > 0 ? place.step : -place.step), 0, last);
  }
  paint(square, place, picture, context);
  label(square, place, edges, context);
  ImGui::SetCursorScreenPos({corner.x, corner.y + size + ImGui::GetStyle().ItemSpacing.y});
  int index = static_cast<int>(place.crosshair[a]);
  ImGui::SetNextItemWidth(size);
  if (ImGui::SliderInt("##index", &index, 0, static_cast<int>(last), cat(axis_names[a], " = %d").c_str(),
                       ImGuiSliderFlags_AlwaysClamp))
    place.crosshair[a] = index;
  context.tags.mark(tag + "-index");
  ImGui::PopID();
  return under;
}

std::optional<Index3> draw_planes(const std::string& tag, float size, std::optional<float> gap, Place& place,
                                  const std::function<PlanePicture(int axis)>& picture, Context& context) {
  std::optional<Index3> under;
  for (int axis = 0; axis < 3; ++axis) {
    if (axis && gap) ImGui::SameLine(0, *gap);
    ImGui::BeginGroup();
    if (const auto here = draw_plane(cat(tag, "-", axis_names[axis]), axis, std::max(std::floor(size), 16.f),
                                     place, picture(axis), context))
      under = here;
    ImGui::EndGroup();
  }
  return under;
}

float plane_height(float size) { return size + ImGui::GetFrameHeightWithSpacing(); }

}  // namespace scaffold::viewer
