#include "panels/volume_view.hpp"

#include "core/text.hpp"
#include "scene/pick.hpp"

namespace scaffold::viewer {

VolumeView::VolumeView(Context& context) : context_(context), controls_(context, {pane_.stage()}) {
  pane_.scene.set_budget(context.memory_budget);
  pane_.scene.on_arrival([arrived = arrived_, wake = context.wake] {
    *arrived = true;
    wake();
  });
}

void VolumeView::show(std::shared_ptr<const LabelVolume> volume, std::vector<ClassStyle> styles) {
  volume_ = std::move(volume);
  pane_.scene.show(volume_, std::move(styles));
  controls_.shown();
  probed_at_ = {-1, -1};
}

void VolumeView::set_styles(std::vector<ClassStyle> styles) {
  pane_.scene.set_styles(std::move(styles));
  view().touch();
}

void VolumeView::set_boxes(const std::vector<LabelledBox>& boxes) {
  pane_.decorations.set_boxes(boxes);
  view().touch();
}

bool VolumeView::draw(const std::string& tag, ImVec2 size) {
  controls_.step();
  if (arrived_->exchange(false)) view().touch();
  if (pane_.scene.loading() || view().stale()) probed_at_ = {-1, -1};
  const bool moved = pane_.widget.draw(tag, size, context_);
  find_probe();
  const ImVec2 low = ImGui::GetItemRectMin(), high = ImGui::GetItemRectMax();
  const std::string text = detail();
  const float em = ImGui::GetFontSize();
  ImGui::GetWindowDrawList()->AddText({low.x + 0.4f * em, high.y - 1.5f * em},
                                      ImGui::GetColorU32(ImGuiCol_TextDisabled), text.c_str());
  return moved;
}

std::string VolumeView::detail() const {
  const auto& drawn = pane_.scene.drawn();
  if (drawn.finest == 1 && drawn.coarsest <= 1) return {};
  std::string text = drawn.finest == drawn.coarsest
                         ? cat("reduced: 1 voxel drawn for ", drawn.finest, "³")
                         : cat("detail from 1:", drawn.finest, " near to 1:", drawn.coarsest, " far");
  return pane_.scene.loading() ? text + ", reading finer…" : text;
}

std::optional<Index3> VolumeView::pick_at(ImVec2 mouse) const {
  if (!volume_) return std::nullopt;
  const ImVec2 size = pane_.widget.size();
  const Ray ray =
      ray_through(pane_.widget.renderer(), static_cast<double>(mouse.x), static_cast<double>(mouse.y),
                  static_cast<double>(size.x), static_cast<double>(size.y));
  const auto [begin, end] = pane_.scene.clip();
  const auto& plane = pane_.scene.clip_plane();
  return pick(*volume_, pane_.scene.styles(), ray, begin, end, [&](const std::array<double, 3>& p) {
    if (!plane) return true;
    double side = 0;
    for (std::size_t i = 0; i < 3; ++i) side += (p[i] - plane->point[i]) * plane->normal[i];
    return side <= 0;
  });
}

void VolumeView::find_probe() {
  clicked_.reset();
  const auto mouse = pane_.widget.mouse();
  if (!mouse) {
    probe_.reset();
    probed_at_ = {-1, -1};
    return;
  }
  if (pane_.widget.moving()) {  // and looked at again when it stands
    probe_.reset();
    probed_at_ = {-1, -1};
  } else if (mouse->x != probed_at_.x || mouse->y != probed_at_.y) {
    probed_at_ = *mouse;
    probe_ = pick_at(*mouse);
  }
  if (pane_.widget.clicked()) clicked_ = pick_at(*mouse);
}

nlohmann::json VolumeView::state() const {
  nlohmann::json state = controls_.state();
  const auto& drawn = pane_.scene.drawn();
  auto& is = state["is"];
  is["step"] = drawn.finest;
  is["coarsest_step"] = drawn.coarsest;
  is["primitives"] = drawn.primitives;
  is["bytes"] = drawn.bytes;
  return state;
}

}  // namespace scaffold::viewer
