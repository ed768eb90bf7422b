#include "panels/fractal_unet/instance_strip.hpp"

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "sources/fractal_unet/cloud_thumbnails.hpp"
#include "ui/flow.hpp"

namespace scaffold::viewer {

void InstanceStrip::choose(int instance) {
  instance_ = std::clamp(instance, 0, instances_per_category - 1);
  scroll_to_ = true;
}

float InstanceStrip::height() const {
  const float em = ImGui::GetFontSize();
  return 4.4f * em + ImGui::GetStyle().ScrollbarSize + 1.3f * ImGui::GetFrameHeightWithSpacing();
}

bool InstanceStrip::draw(const Ifs& base, int category, std::uint64_t version, std::uint64_t seed,
                         std::uint64_t points) {
  const float em = ImGui::GetFontSize(), edge = std::round(4.2f * em), step = edge + 0.3f * em;
  bool chosen = false;
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2{0, 0});
  ImGui::BeginChild("strip", {0, 4.4f * em + ImGui::GetStyle().ScrollbarSize}, false,
                    ImGuiWindowFlags_AlwaysHorizontalScrollbar);
  ImGui::PopStyleVar();
  const float width = ImGui::GetWindowWidth();
  const float at = static_cast<float>(instance_) * step;
  if (scroll_to_ && (at < ImGui::GetScrollX() || at + edge > ImGui::GetScrollX() + width))
    ImGui::SetScrollX(std::max(at - (width - edge) / 2, 0.f));
  scroll_to_ = false;
  // The wheel scrolls along the strip.
  if (ImGui::IsWindowHovered() && ImGui::GetIO().MouseWheel != 0)
    ImGui::SetScrollX(ImGui::GetScrollX() - ImGui::GetIO().MouseWheel * 3 * step);
  const int first = std::max(static_cast<int>(ImGui::GetScrollX() / step) - 1, 0);
  const int last = std::min(first + static_cast<int>(width / step) + 3, instances_per_category);
  const ImVec2 origin = ImGui::GetCursorPos();
  auto* list = ImGui::GetWindowDrawList();
  for (int i = first; i < last; ++i) {
    ImGui::SetCursorPos({origin.x + static_cast<float>(i) * step, origin.y});
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    ThumbnailRequest request = instance_thumbnail({base, category, i}, seed, points);
    request.key = static_cast<std::uint64_t>(i);
    request.version = version;
    request.edge = static_cast<int>(edge);
    const auto& tile = tiles_.want(std::move(request));
    if (ImGui::InvisibleButton(cat("instance ", i).c_str(), {edge, edge})) {
      chosen = instance_ != i;
      instance_ = i;
    }
    context_.tags.mark(cat("instance-", i));
    tiles_.draw(tile, corner, edge, list);
    list->AddText(nullptr, 0.8f * em, {corner.x + 0.25f * em, corner.y + 0.1f * em},
                  context_.theme.u32(context_.theme.text, 0.8f), cat(i).c_str());
    if (!tile.note.empty())
      list->AddText(nullptr, 0.75f * em, {corner.x + 0.25f * em, corner.y + edge - 0.95f * em},
                    context_.theme.u32(context_.theme.bad), tile.note.c_str());
    if (i == instance_)
      list->AddRect(corner, {corner.x + edge, corner.y + edge}, context_.theme.u32(context_.theme.accent),
                    0.25f * em, 0, 2);
    if (ImGui::IsItemHovered())
      ImGui::SetTooltip("%s%s", describe(variation(i)).c_str(),
                        tile.problem.empty() ? "" : cat("\n", tile.problem).c_str());
  }
  ImGui::SetCursorPos({origin.x + static_cast<float>(instances_per_category) * step, origin.y});
  ImGui::Dummy({1, edge});
  ImGui::EndChild();
  ImGui::SetNextItemWidth(-1);
  int wanted = instance_;
  if (ImGui::SliderInt("##instance", &wanted, 0, instances_per_category - 1, "instance %d of 144")) {
    choose(wanted);
    chosen = true;
  }
  context_.tags.mark("instance-slider");
  tiles_.end_frame();
  return chosen;
}

void InstanceStrip::draw_line(double deviation) {
  const std::string what = describe(variation(instance_));
  const float room = ImGui::GetContentRegionAvail().x;
  if (instance_ == 0)
    line_within("instance 0: base, the category itself", room);
  else
    line_within(cat("instance ", instance_, ": ", what, " in both maps"), room);
  if (deviation >= 1) return;
  ImGui::SameLine();
  ImGui::TextColored(vec4(context_.theme.bad), "diverged: %s of the deviation kept",
                     deviation > 0 ? cat(fixed(100 * deviation, 0), " %").c_str() : "nothing");
}

}  // namespace scaffold::viewer
