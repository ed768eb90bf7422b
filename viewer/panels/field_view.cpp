#include "panels/field_view.hpp"

#include <imgui.h>
#include <vtkRenderer.h>

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "ui/transfer_editor.hpp"

namespace scaffold::viewer {
namespace {

/// How many voxels have which value. Heights by logarithm: nearly every voxel lies at 0.
std::vector<float> histogram_of(const std::vector<float>& values) {
  constexpr std::size_t bars = 64;
  std::vector<std::int64_t> counts(bars);
  for (const float value : values)
    if (std::isfinite(value))
      ++counts[static_cast<std::size_t>(std::lround(std::clamp(value, 0.f, 1.f) * (bars - 1)))];
  const auto most = static_cast<double>(std::max<std::int64_t>(1, std::ranges::max(counts)));
  std::vector<float> heights;
  for (const auto count : counts)
    heights.push_back(static_cast<float>(0.95 * std::log1p(static_cast<double>(count)) / std::log1p(most)));
  return heights;
}

}  // namespace

FieldView::FieldView(const char* quantity, Context& context) : quantity_(quantity), context_(context) {}

void FieldView::show(std::shared_ptr<const void> source, int part, const Index3& extent,
                     const Values& values) {
  Field wanted{std::move(source), part, extent, {}, {}};
  if (wanted.same_as(asked_)) return;
  work_.cancel();
  asked_ = std::move(wanted);
  if (asked_.same_as(field_)) return;
  // What is no longer asked for is not shown as if it were.
  field_ = {};
  scene_.show({}, extent);
  widget_.view().touch();
  if (!values) return;
  work_.start(
      [field = asked_, values](const ProgressTold& progress) mutable {
        field.values = values(progress);
        field.histogram = histogram_of(field.values);
        return std::move(field);
      },
      context_.wake);
}

void FieldView::collect() {
  auto found = work_.take();
  if (!found) return;
  field_ = std::move(*found);
  scene_.show(field_.values, field_.extent);
  scene_.set_transfer(transfer_);
  planes_.repaint();
  widget_.view().touch();
}

void FieldView::set_transfer(const TransferFunction& transfer) {
  transfer_ = transfer;
  scene_.set_transfer(transfer_);
  widget_.view().touch();
}

std::optional<float> FieldView::at(const Index3& voxel) const {
  if (field_.values.empty()) return std::nullopt;
  return field_.values[static_cast<std::size_t>((voxel[0] * field_.extent[1] + voxel[1]) * field_.extent[2] +
                                                voxel[2])];
}

void FieldView::draw(ImVec2 size, const std::string& title, ViewControls& controls) {
  probe_.reset();
  ImGui::TextUnformatted(title.c_str());
  if (field_.values.empty()) {
    ImGui::TextDisabled("%s", work_.busy() ? "being reckoned…" : "");
    ImGui::Dummy({0, size.y - 2 * ImGui::GetTextLineHeightWithSpacing() - ImGui::GetStyle().ItemSpacing.y});
    return;
  }
  controls.step();
  const float gap = ImGui::GetStyle().ItemSpacing.x;
  const float edge = std::floor(std::min((size.x - 3 * gap) / 4.4f, 0.36f * size.y));
  const float height = size.y - ImGui::GetTextLineHeightWithSpacing() - plane_height(edge) -
                       2 * ImGui::GetStyle().ItemSpacing.y;
  if (widget_.draw("view-field", {size.x, height}, context_)) controls.touch();
  Place place{controls.extent(), controls.crosshair()};
  const auto picture = [&](int axis) {
    const std::int64_t index = place.crosshair[static_cast<std::size_t>(axis)];
    return PlanePicture{
        planes_.get(axis, index, [&] { return field_slice(field_.values, field_.extent, axis, index); })};
  };
  probe_ = draw_planes("slice", edge, gap, place, picture, context_);
  if (place.crosshair != controls.crosshair()) controls.set_crosshair(place.crosshair);
  ImGui::SameLine(0, gap);
  ImGui::BeginGroup();
  draw_transfer(edge + ImGui::GetFrameHeight());
  ImGui::EndGroup();
}

void FieldView::draw_transfer(float height) {
  const float wide = ImGui::GetContentRegionAvail().x;
  if (edit_transfer(transfer_, field_.histogram, {wide, height - 2 * ImGui::GetTextLineHeightWithSpacing()},
                    context_))
    set_transfer(transfer_);
  const ImVec2 below = ImGui::GetCursorScreenPos();
  const ImU32 faint = context_.theme.u32(context_.theme.faint);
  auto* draw = ImGui::GetWindowDrawList();
  for (const auto& [text, place] : {std::pair("0", 0.f), {quantity_, 0.5f}, {"1", 1.f}})
    draw->AddText({below.x + place * (wide - ImGui::CalcTextSize(text).x), below.y}, faint, text);
  ImGui::Dummy({wide, ImGui::GetTextLineHeight()});
  ImGui::TextDisabled("%s",
                      wide > 17 * ImGui::GetFontSize() ? "↑ opacity: click adds a point, drag" : "↑ opacity");
}

}  // namespace scaffold::viewer
