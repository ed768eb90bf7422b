#include "ui/transfer_editor.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace scaffold::viewer {
namespace {

struct Frame {
  ImVec2 at, size;
  ImVec2 place(float value, float opacity) const {
    return {at.x + value * size.x, at.y + (1 - opacity) * size.y};
  }
};

void draw_behind(const Frame& frame, const std::vector<float>& histogram, const Context& context) {
  auto* draw = ImGui::GetWindowDrawList();
  const ImVec2 end{frame.at.x + frame.size.x, frame.at.y + frame.size.y};
  draw->AddRectFilled(frame.at, end, context.theme.u32(context.theme.empty));
  const auto bars = static_cast<float>(histogram.size());
  for (std::size_t i = 0; i < histogram.size(); ++i) {
    const auto x = static_cast<float>(i);
    draw->AddRectFilled(frame.place(x / bars, histogram[i]), frame.place((x + 1) / bars, 0),
                        context.theme.u32(context.theme.faint, 0.35f));
  }
  // What each value is drawn in.
  constexpr int steps = 48;
  const float high = 0.5f * ImGui::GetFontSize();
  for (int i = 0; i < steps; ++i) {
    const float low = static_cast<float>(i) / steps, up = static_cast<float>(i + 1) / steps;
    const ImU32 a = context.theme.u32(ramp(low)), b = context.theme.u32(ramp(up));
    draw->AddRectFilledMultiColor({frame.at.x + low * frame.size.x, end.y},
                                  {frame.at.x + up * frame.size.x, end.y + high}, a, b, b, a);
  }
  draw->AddRect(frame.at, {end.x, end.y + high}, context.theme.u32(context.theme.faint));
}

}  // namespace

bool edit_transfer(TransferFunction& transfer, const std::vector<float>& histogram, ImVec2 size,
                   Context& context) {
  const float em = ImGui::GetFontSize(), radius = 0.4f * em;
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  const Frame frame{{corner.x + radius, corner.y + radius},
                    {std::max(size.x - 2 * radius, 4 * em), std::max(size.y - 0.5f * em - radius, 2 * em)}};
  draw_behind(frame, histogram, context);
  auto* draw = ImGui::GetWindowDrawList();
  for (std::size_t i = 0; i + 1 < transfer.points.size(); ++i)
    draw->AddLine(frame.place(transfer.points[i].first, transfer.points[i].second),
                  frame.place(transfer.points[i + 1].first, transfer.points[i + 1].second),
                  context.theme.u32(context.theme.accent), 0.12f * em);

  bool changed = false;
  const ImVec2 mouse = ImGui::GetMousePos();
  const float value = (mouse.x - frame.at.x) / frame.size.x,
              opacity = 1 - (mouse.y - frame.at.y) / frame.size.y;
  std::size_t gone = transfer.points.size();
  ImGui::PushID("transfer");
  for (std::size_t i = 0; i < transfer.points.size(); ++i) {
    const ImVec2 at = frame.place(transfer.points[i].first, transfer.points[i].second);
    ImGui::PushID(static_cast<int>(i));
    ImGui::SetCursorScreenPos({at.x - radius, at.y - radius});
    ImGui::InvisibleButton("point", {2 * radius, 2 * radius});
    context.tags.mark(cat("transfer-", i));
    const bool held = ImGui::IsItemActive(), over = ImGui::IsItemHovered();
    if (held && ImGui::IsMouseDragging(ImGuiMouseButton_Left, 1)) {
      transfer.move(i, value, opacity);
      changed = true;
    }
    if (over && ImGui::IsMouseClicked(ImGuiMouseButton_Right)) gone = i;
    if (over || held)
      ImGui::SetTooltip("probability %.2f: opacity %.2f\ndrag; right click removes",
                        static_cast<double>(transfer.points[i].first),
                        static_cast<double>(transfer.points[i].second));
    draw->AddCircleFilled(at, radius * (over || held ? 1 : 0.75f), context.theme.u32(context.theme.accent));
    draw->AddCircle(at, radius * (over || held ? 1 : 0.75f), context.theme.u32(context.theme.text));
    ImGui::PopID();
  }
  if (gone < transfer.points.size()) {
    transfer.remove(gone);
    changed = true;
  }
  // Last, so that a point above it comes first.
  ImGui::SetCursorScreenPos(frame.at);
  ImGui::InvisibleButton("area", frame.size);
  context.tags.mark("transfer");
  if (ImGui::IsItemActivated() && transfer.points.size() < 32) {
    transfer.add(value, opacity);
    changed = true;
  }
  ImGui::SetCursorScreenPos({corner.x, frame.at.y + frame.size.y + 0.6f * em});
  ImGui::Dummy({frame.size.x, 0});
  ImGui::PopID();
  return changed;
}

}  // namespace scaffold::viewer
