#include "panels/fractal_unet/volume_choice.hpp"

#include <imgui.h>

#include <algorithm>

namespace scaffold::viewer {
namespace {

constexpr const char* split_names[] = {"all", "training", "validation"};

}  // namespace

VolumeChoice::VolumeChoice(const DatasetSource& source, Context& context)
    : source_(source), context_(context), classes_(source.styles(true)) {
  filter();
}

bool VolumeChoice::listed(std::int64_t volume) const {
  if (split_ != Split::all && source_.is_training(volume) != (split_ == Split::training)) return false;
  const auto& fractals = source_.fractals(volume);
  return category_ == 0 || std::any_of(fractals.begin(), fractals.end(),
                                       [&](const auto& f) { return f.category == category_ - 1; });
}

void VolumeChoice::filter() {
  std::vector<std::int64_t> volumes;
  for (std::int64_t v = 0; v < source_.volumes(); ++v)
    if (listed(v)) volumes.push_back(v);
  list_.set_volumes(std::move(volumes));
}

void VolumeChoice::next_category() {
  category_ = (category_ + 1) % static_cast<int>(classes_.size());
  filter();
}

void VolumeChoice::next_split() {
  split_ = static_cast<Split>((static_cast<int>(split_) + 1) % 3);
  filter();
}

std::optional<std::int64_t> VolumeChoice::draw(std::int64_t chosen) {
  int split = static_cast<int>(split_);
  ImGui::SetNextItemWidth(7 * ImGui::GetFontSize());
  bool changed = ImGui::Combo("##split", &split, "All\0Training\0Validation\0");
  split_ = static_cast<Split>(split);
  context_.tags.mark("split");
  ImGui::SameLine();
  std::string names = std::string("Any category") + '\0';
  for (std::size_t c = 1; c < classes_.size(); ++c) names += classes_[c].name + '\0';
  ImGui::SetNextItemWidth(-1);
  changed |= ImGui::Combo("##category", &category_, names.c_str());
  context_.tags.mark("category");
  if (changed) filter();
  return list_.draw(source_, chosen, 0, context_);
}

Properties VolumeChoice::properties() {
  Properties all;
  all.choice("split", split_names, split_);
  all.value("category", category_);
  all.then([this] {
    category_ = std::clamp(category_, 0, static_cast<int>(classes_.size()) - 1);
    filter();
  });
  return all;
}

}  // namespace scaffold::viewer
