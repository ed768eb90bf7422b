#include "panels/fractal_unet/boundary_view.hpp"

#include <imgui.h>

#include "core/error.hpp"

namespace scaffold::viewer {
namespace {

Chart rate_chart(const BoundaryErrors& errors, const Theme& theme) {
  Chart chart;
  chart.title = "Wrong, of voxels that hold a class";
  chart.x_label = "voxels from the nearest boundary";
  chart.y_label = "%";
  chart.y_low = 0;
  chart.empty = "no data";
  ChartSeries rate{"wrong", theme.accent, {}, {}};
  rate.in_legend = false;
  for (std::size_t d = 0; d < errors.voxels.size(); ++d) {
    if (errors.voxels[d] == 0) continue;
    rate.x.push_back(static_cast<double>(d));
    rate.y.push_back(100 * errors.rate(d));
  }
  chart.series.push_back(std::move(rate));
  return chart;
}

}  // namespace

BoundaryView::BoundaryView(const Comparison& found, const Subject& subject, Context& context)
    : found_(found), context_(context) {
  if (const auto& cut = subject.shards; cut != std::array<std::int64_t, 3>{1, 1, 1})
    for (std::size_t axis = 0; axis < 3; ++axis) shards_[axis] = static_cast<int>(cut[axis]);
}

void BoundaryView::refresh() {
  if (of_ == found_.first && of_shards_ == shards_) return;
  of_ = found_.first;
  of_shards_ = shards_;
  errors_.reset();
  problem_.clear();
  if (!of_) return;
  try {
    errors_ = errors_by_boundary(found_.truth->labels, of_->classes->labels, found_.extent,
                                 {shards_[0], shards_[1], shards_[2]});
  } catch (const Error& error) {
    problem_ = error.what();
  }
}

void BoundaryView::draw() {
  const bool unfolded = ImGui::CollapsingHeader("Errors by distance from shard boundaries");
  context_.tags.mark("boundary");
  if (!unfolded) return;
  ImGui::SetNextItemWidth(-7 * ImGui::GetFontSize());
  if (ImGui::InputInt3("dc_num_shards", shards_.data(), ImGuiInputTextFlags_EnterReturnsTrue)) refresh();
  context_.tags.mark("shards");
  if (!problem_.empty()) return ImGui::TextWrapped("%s", problem_.c_str());
  if (!errors_) return;
  if (errors_->voxels.empty()) return ImGui::TextWrapped("One shard has no boundaries inside the volume.");
  chart_.set_theme(context_.theme);
  chart_.set(rate_chart(*errors_, context_.theme));
  chart_.draw("boundary-chart", {ImGui::GetContentRegionAvail().x, 14 * ImGui::GetFontSize()}, context_);
}

Properties BoundaryView::properties() {
  Properties all;
  all.value("shards", shards_);
  return all;
}

}  // namespace scaffold::viewer
