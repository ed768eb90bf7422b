#include "panels/fractal_unet/volume_list.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/text.hpp"

namespace scaffold::viewer {

void VolumeList::set_volumes(std::vector<std::int64_t> volumes) {
  if (volumes == given_) return;
  volumes_ = given_ = std::move(volumes);
  scroll_ = unsorted_ = true;
}

/// By the column whose head was clicked.
void VolumeList::sort(const DatasetSource& source, const std::optional<Column>& more) {
  ImGuiTableSortSpecs* specs = ImGui::TableGetSortSpecs();
  if (!specs) return;
  const bool other = more && more->version != version_;
  if (!specs->SpecsDirty && !unsorted_ && !other) return;
  specs->SpecsDirty = unsorted_ = false;
  if (more) version_ = more->version;
  volumes_ = given_;
  if (specs->SpecsCount == 0) return;
  const auto [column, falling] =
      std::pair(specs->Specs[0].ColumnIndex, specs->Specs[0].SortDirection == ImGuiSortDirection_Descending);
  const auto by = [&, falling = falling](const auto& key) {
    std::ranges::stable_sort(volumes_, [&](std::int64_t a, std::int64_t b) {
      return falling ? key(b) < key(a) : key(a) < key(b);
    });
  };
  if (column == 0) by([](std::int64_t volume) { return volume; });
  if (column == 1) by([&](std::int64_t volume) { return !source.is_training(volume); });
  if (column == 2) by([&](std::int64_t volume) { return source.contents(volume); });
  if (column == 3)
    by([&, none = falling ? -1e300 : 1e300](std::int64_t volume) {
      const double value = more->value(volume);
      return std::isfinite(value) ? value : none;
    });
}

std::optional<std::int64_t> VolumeList::step(std::int64_t volume, int by) const {
  const auto at = std::ranges::find(volumes_, volume);
  if (at != volumes_.end()) {
    const auto to = (at - volumes_.begin()) + by;
    if (to < 0 || to >= static_cast<std::ptrdiff_t>(volumes_.size())) return std::nullopt;
    return volumes_[static_cast<std::size_t>(to)];
  }
  std::optional<std::int64_t> nearest;
  for (const std::int64_t other : volumes_)
    if ((by > 0 ? other > volume : other < volume) &&
        (!nearest || (by > 0 ? other < *nearest : other > *nearest)))
      nearest = other;
  return nearest;
}

std::optional<std::int64_t> VolumeList::draw(const DatasetSource& source, std::int64_t chosen, float height,
                                             Context& context, const std::optional<Column>& more) {
  constexpr auto flags = ImGuiTableFlags_ScrollY | ImGuiTableFlags_RowBg | ImGuiTableFlags_SizingFixedFit |
                         ImGuiTableFlags_BordersOuter | ImGuiTableFlags_Sortable |
                         ImGuiTableFlags_SortTristate;
  if (!ImGui::BeginTable("volumes", more ? 4 : 3, flags, {0, height})) return std::nullopt;
  ImGui::TableSetupScrollFreeze(0, 1);
  for (const char* name : {"No", "Split", "Category:instance"}) ImGui::TableSetupColumn(name);
  if (more) ImGui::TableSetupColumn(more->name, ImGuiTableColumnFlags_WidthStretch);
  ImGui::TableNextRow(ImGuiTableRowFlags_Headers);
  for (const auto& [name, tag] : {std::pair("No", "sort-number"),
                                  {"Split", "sort-split"},
                                  {"Category:instance", "sort-contents"},
                                  {more ? more->name : "", "sort-more"}}) {
    if (*name == 0) continue;
    ImGui::TableNextColumn();
    ImGui::TableHeader(name);
    context.tags.mark(tag);
  }
  sort(source, more);
  if (std::exchange(scroll_, false)) {
    const auto row = std::ranges::find(volumes_, chosen) - volumes_.begin();
    const float line = ImGui::GetTextLineHeight() + 2 * ImGui::GetStyle().CellPadding.y;
    ImGui::SetScrollY(std::max(0.f, line * (static_cast<float>(row) - 3)));
  }
  std::optional<std::int64_t> clicked;
  ImGuiListClipper clipper;  // a dataset may have thousands
  clipper.Begin(static_cast<int>(volumes_.size()));
  while (clipper.Step())
    for (int row = clipper.DisplayStart; row < clipper.DisplayEnd; ++row) {
      const std::int64_t volume = volumes_[static_cast<std::size_t>(row)];
      ImGui::TableNextRow();
      ImGui::TableNextColumn();
      if (ImGui::Selectable(cat(volume).c_str(), volume == chosen, ImGuiSelectableFlags_SpanAllColumns))
        clicked = volume;
      context.tags.mark(cat("volume-", volume));
      ImGui::TableNextColumn();
      ImGui::TextUnformatted(source.is_training(volume) ? "train" : "valid");
      ImGui::TableNextColumn();
      ImGui::TextUnformatted(source.contents(volume).c_str());
      if (!more) continue;
      ImGui::TableNextColumn();
      ImGui::TextUnformatted(more->text(volume).c_str());
    }
  ImGui::EndTable();
  return clicked;
}

}  // namespace scaffold::viewer
