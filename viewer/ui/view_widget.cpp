#include "ui/view_widget.hpp"

#include <vtkRenderer.h>
#include <vtk_glew.h>

#include <algorithm>
#include <cmath>

#include "scene/camera.hpp"

namespace scaffold::viewer {
namespace {

constexpr double seconds_after_wheel = 0.25;
constexpr float click_tolerance = 3;  // pixels

}  // namespace

bool ViewWidget::take_mouse(ImVec2 size) {
  const ImGuiIO& io = ImGui::GetIO();
  bool moved = false;
  const bool dragging = ImGui::IsItemActive();
  if (ImGui::IsItemActivated()) dragged_ = 0;
  if (dragging && (io.MouseDelta.x != 0 || io.MouseDelta.y != 0)) {
    dragged_ += std::abs(io.MouseDelta.x) + std::abs(io.MouseDelta.y);
    const bool turning = ImGui::IsMouseDown(ImGuiMouseButton_Left) && !io.KeyShift;
    (turning ? turn : shift)(renderer(), static_cast<double>(io.MouseDelta.x),
                             static_cast<double>(io.MouseDelta.y), static_cast<double>(size.y));
    moved = true;
  }
  clicked_ = ImGui::IsItemDeactivated() && dragged_ < click_tolerance && mouse_;
  if (ImGui::IsItemHovered() && io.MouseWheel != 0) {
    approach(renderer(), static_cast<double>(std::clamp(io.MouseWheel, -10.f, 10.f)));
    wheel_until_ = ImGui::GetTime() + seconds_after_wheel;
    moved = true;
  }
  const bool moving = (dragging && dragged_ > 0) || ImGui::GetTime() < wheel_until_;
  if (moving != moving_) {
    moving_ = moving;
    view_.set_moving(moving);
  }
  return moved;
}

void add_picture(unsigned texture, ImVec2 low, ImVec2 high, float from) {
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->AddCallback([](const ImDrawList*, const ImDrawCmd*) { glDisable(GL_BLEND); }, nullptr);
  // OpenGL's rows begin at the bottom.
  list->AddImage(texture_id(texture), low, high, {from, 1}, {1, 0});
  list->AddCallback(ImDrawCallback_ResetRenderState, nullptr);
}

bool ViewWidget::draw(const std::string& tag, ImVec2 size, Context& context) {
  size = {std::max(std::floor(size.x), 16.f), std::max(std::floor(size.y), 16.f)};
  size_ = size;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::PushID(tag.c_str());
  ImGui::InvisibleButton("view", size,
                         ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight |
                             ImGuiButtonFlags_MouseButtonMiddle);
  ImGui::PopID();
  context.tags.mark(tag);
  mouse_.reset();
  if (ImGui::IsItemHovered()) {
    const ImVec2 mouse = ImGui::GetMousePos();
    mouse_ = ImVec2{mouse.x - at.x, mouse.y - at.y};
  }
  view_.set_text_scale(static_cast<double>(ImGui::GetFontSize()) / 15);
  const bool moved = take_mouse(size);
  if (moved) view_.touch();
  const unsigned texture = view_.texture(static_cast<int>(size.x), static_cast<int>(size.y));
  add_picture(texture, at, {at.x + size.x, at.y + size.y});
  return moved;
}

}  // namespace scaffold::viewer
