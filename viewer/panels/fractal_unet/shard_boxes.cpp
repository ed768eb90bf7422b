#include "panels/fractal_unet/shard_boxes.hpp"

#include <imgui.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold::viewer {
namespace {

constexpr std::int64_t max_shards = 512;   // with a text each
constexpr std::int64_t max_spelt_out = 8;  // beyond, numbers alone

}  // namespace

ShardBoxes::ShardBoxes(std::int64_t edge, const Extent3& stored,
                       std::function<void(const std::vector<LabeledBox>&)> changed, Context& context)
    : edge_(edge), stored_(stored), changed_(std::move(changed)), context_(context) {
  std::ranges::transform(stored, shards_.begin(), [](std::int64_t n) { return static_cast<int>(n); });
}

void ShardBoxes::toggle() {
  shown_ = !shown_;
  apply();
}

std::vector<LabeledBox> ShardBoxes::boxes() const {
  const ShardLayout layout(cube(edge_), {shards_[0], shards_[1], shards_[2]}, {2, 3, 4});
  if (layout.count() > max_shards)
    throw ConfigError(cat(layout.count(), " shards are too many to draw; up to ", max_shards, " are"));
  std::vector<LabeledBox> boxes;
  std::int64_t rank = 0;
  for (const Block& block : layout.blocks()) {
    Index3 end = block.begin;
    for (std::size_t axis = 0; axis < 3; ++axis) end[axis] += block.size[axis];
    boxes.push_back({block.begin, end, cat(layout.count() > max_spelt_out ? "" : "rank ", rank++)});
  }
  return boxes;
}

void ShardBoxes::apply() {
  problem_.clear();
  std::vector<LabeledBox> shown;
  try {
    if (shown_) shown = boxes();
  } catch (const Error& error) {
    problem_ = error.what();
  }
  changed_(shown);
}

void ShardBoxes::draw() {
  bool changed = ImGui::Checkbox("draw", &shown_);
  context_.tags.mark("shards-draw");
  ImGui::SameLine();
  ImGui::SetNextItemWidth(-1);
  if (ImGui::InputInt3("##dc_num_shards", shards_.data())) {
    for (int& n : shards_) n = std::clamp(n, 1, 64);
    shown_ = changed = true;
  }
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("dc_num_shards along D, H, W");
  ImGui::TextDisabled("stored as %s × %s × %s", cat(stored_[0]).c_str(), cat(stored_[1]).c_str(),
                      cat(stored_[2]).c_str());
  if (changed) apply();
  if (!problem_.empty()) ImGui::TextWrapped("%s", problem_.c_str());
}

Properties ShardBoxes::properties() {
  Properties all;
  all.value("show_shards", shown_);
  all.then([this] { apply(); });
  all.add<Shards>(
      "shards", [this] { return shards_; },
      [this](const Shards& shards) {
        shards_ = shards;
        apply();
        // Where they stand in the window, nobody may look.
        if (!problem_.empty()) throw ConfigError(problem_);
      });
  return all;
}

}  // namespace scaffold::viewer
