#include "panels/volume_view.hpp"

#include "core/text.hpp"
#include "panels/voxel_under.hpp"

namespace scaffold::viewer {

VolumeView::VolumeView(Context& context) : context_(context), controls_(context, {pane_.viewport()}) {
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
}

void VolumeView::set_styles(std::vector<ClassStyle> styles) {
  pane_.scene.set_styles(std::move(styles));
  view().touch();
}

void VolumeView::set_boxes(const std::vector<LabeledBox>& boxes) {
  pane_.decorations.set_boxes(boxes);
  view().touch();
}

bool VolumeView::draw(const std::string& tag, ImVec2 size) {
  controls_.step();
  if (arrived_->exchange(false)) view().touch();
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

void VolumeView::find_probe() {
  const auto under = volume_ ? voxel_under(pane_.widget, pane_.scene, *volume_) : std::nullopt;
  probe_ = pane_.widget.moving() ? std::nullopt : under;  // and looked at again when it stands
  clicked_ = pane_.widget.clicked() ? under : std::nullopt;
}

nlohmann::json VolumeView::found() const {
  nlohmann::json is = controls_.found();
  const auto& drawn = pane_.scene.drawn();
  is["step"] = drawn.finest;
  is["coarsest_step"] = drawn.coarsest;
  is["primitives"] = drawn.primitives;
  is["bytes"] = drawn.bytes;
  return is;
}

}  // namespace scaffold::viewer
