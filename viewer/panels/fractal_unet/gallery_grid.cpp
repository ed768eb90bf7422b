#include "panels/fractal_unet/gallery_grid.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <utility>

#include "core/error.hpp"
#include "core/text.hpp"
#include "sources/fractal_unet/cloud_thumbnails.hpp"

namespace scaffold::viewer {
namespace {

// In font sizes.
constexpr float smallest_tile = 6, largest_tile = 24, captioned_tile = 9, usual_tile = 10.5f;
constexpr float line_height = 1.1f, gap_between = 0.7f;

bool ready(const Category& category) { return category.state == Category::State::ready; }

}  // namespace

SortBy sort_named(const std::string& name) {
  for (std::size_t i = 0; i < std::size(sort_names); ++i)
    if (name == sort_names[i]) return static_cast<SortBy>(i);
  throw ConfigError(cat("'sort' is number, variance, occupancy, dimension or determinant, not '", name, "'"));
}

double sort_value(const Category& category, int number, SortBy by) {
  constexpr double unknown = std::numeric_limits<double>::infinity();
  if (by == SortBy::number) return number;
  if (!ready(category)) return unknown;
  if (by == SortBy::determinant)
    return std::abs(category.determinants[0]) + std::abs(category.determinants[1]);
  if (category.measures.voxels == 0) return unknown;
  if (by == SortBy::variance) return category.smallest_variance();
  if (by == SortBy::occupancy) return category.measures.occupancy;
  return category.measures.dimension.value_or(unknown);
}

std::string occupancy_text(double share) {
  const double percent = 100 * share;
  const int digits =
      percent > 0 ? std::clamp(1 - static_cast<int>(std::floor(std::log10(percent))), 2, 7) : 2;
  return cat(fixed(std::max(percent, percent > 0 ? 1e-7 : 0), digits), " %");
}

std::vector<std::string> caption(const Category& category) {
  if (!ready(category)) return {category.state == Category::State::waiting ? "…" : "unreadable"};
  if (category.measures.voxels == 0) return {name(category.result.rejection)};
  const CloudMeasures& m = category.measures;
  return {cat("dimension ", m.dimension ? fixed(*m.dimension, 2) : "–"),
          cat("min variance ", fixed(category.smallest_variance(), 3)),
          cat("occupancy ", occupancy_text(m.occupancy)),
          cat("det ", fixed(category.determinants[0], 2), ", ", fixed(category.determinants[1], 2))};
}

void GalleryGrid::restart() {
  tiles_.clear();
  ++library_version_;
  chosen_ = 0;
  stale_ = true;
}

void GalleryGrid::choose(std::size_t index) {
  if (source_.size() == 0) return;
  chosen_ = std::min(index, source_.size() - 1);
  scroll_to_ = true;
}

void GalleryGrid::sort(SortBy by, bool descending) {
  stale_ = stale_ || by != by_ || descending != descending_;
  by_ = by;
  descending_ = descending;
  to_top_ = true;
}

void GalleryGrid::set_tile(float em) { tile_ = em > 0 ? std::clamp(em, smallest_tile, largest_tile) : 0; }

void GalleryGrid::order() {
  const std::size_t done = source_.done();
  if (!stale_ && done == ordered_of_ && order_.size() == source_.size()) return;
  if (stale_ || known_.size() != source_.size()) {
    known_.assign(source_.size(), {});
    ordered_of_ = 0;
  }
  for (std::size_t i = ordered_of_; i < done; ++i) known_[i] = source_.category(i);
  ordered_of_ = done;
  stale_ = false;
  std::vector<double> values(known_.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double v = sort_value(known_[i], source_.number(i), by_);
    values[i] = descending_ && std::isfinite(v) ? -v : v;
  }
  order_.resize(known_.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::stable_sort(order_.begin(), order_.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
}

std::size_t GalleryGrid::neighbor(std::size_t index, int by) {
  order();
  const auto found = std::find(order_.begin(), order_.end(), index);
  if (found == order_.end()) return index;
  const auto last = static_cast<std::ptrdiff_t>(order_.size()) - 1;
  return order_[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(found - order_.begin() + by, 0, last))];
}

void GalleryGrid::move(int columns, int rows) { choose(neighbor(chosen_, columns + rows * columns_)); }

Properties GalleryGrid::properties() {
  Properties all;
  all.add<std::string>(
      "sort", [this] { return std::string(sort_names[static_cast<int>(by_)]); },
      [this](const std::string& by) { sort(sort_named(by), descending_); });
  all.add<bool>(
      "descending", [this] { return descending_; }, [this](bool descending) { sort(by_, descending); });
  all.add<float>(
      "tile", [this] { return tile_; }, [this](float em) { set_tile(em); });
  return all;
}

void GalleryGrid::draw_controls() {
  const float em = ImGui::GetFontSize();
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted("Sort by");
  ImGui::SameLine();
  int by = static_cast<int>(by_);
  ImGui::SetNextItemWidth(11 * em);
  if (ImGui::Combo("##sort", &by, "number\0smallest variance\0occupancy\0dimension\0|determinants|\0"))
    sort(static_cast<SortBy>(by), descending_);
  context_.tags.mark("sort");
  ImGui::SameLine();
  if (ImGui::Button(descending_ ? "↓ falling" : "↑ rising", {5.5f * em, 0})) sort(by_, !descending_);
  context_.tags.mark("direction");
  ImGui::SameLine();
  ImGui::TextUnformatted("Tiles");
  ImGui::SameLine();
  ImGui::SetNextItemWidth(9 * em);
  float tile = shown_tile_;
  if (ImGui::SliderFloat("##tile", &tile, smallest_tile, largest_tile, "")) set_tile(tile);
  context_.tags.mark("tile");
  ImGui::SameLine();
  ImGui::BeginDisabled(tile_ == 0);
  if (ImGui::Button("Fit")) tile_ = 0;
  ImGui::EndDisabled();
  context_.tags.mark("fit-tiles");
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("As large as lets all of them be seen");
}

GalleryGrid::Layout GalleryGrid::lay_out(ImVec2 room, float tile) const {
  const float em = ImGui::GetFontSize();
  Layout at;
  at.gap = gap_between * em;
  // Whole pixels in steps, so that pulling the slider or the window makes few pictures anew.
  const auto stepped = [](float edge) { return std::max(std::floor(edge / 8) * 8, 8.f); };
  at.edge = stepped(tile * em);
  at.columns = std::max(1, static_cast<int>((room.x + at.gap) / (at.edge + at.gap)));
  const auto tiles = static_cast<int>(order_.size());
  at.rows = (tiles + at.columns - 1) / at.columns;
  float gap_x = at.gap;
  if (at.rows > 1) {  // the whole width: larger tiles, and what the steps leave over between them
    const auto columns = static_cast<float>(at.columns);
    at.edge = std::max(stepped((room.x + at.gap) / columns - at.gap), at.edge);
    if (at.columns > 1) gap_x = (room.x - columns * at.edge) / (columns - 1);
  }
  at.lines = at.edge >= captioned_tile * em - 8 ? 5 : 2;
  at.cell = {at.edge + std::floor(gap_x), at.edge + at.gap + static_cast<float>(at.lines) * line_height * em};
  return at;
}

GalleryGrid::Layout GalleryGrid::lay_out(ImVec2 room) const {
  if (tile_ > 0) return lay_out(room, tile_);
  for (float tile = largest_tile; tile >= captioned_tile; tile -= 0.25f)
    if (const Layout at = lay_out(room, tile); static_cast<float>(at.rows) * at.cell.y <= room.y) return at;
  return lay_out(room, usual_tile);
}

std::optional<std::size_t> GalleryGrid::draw() {
  draw_controls();
  order();
  opened_.reset();
  ImGui::BeginChild("grid");
  const ImVec2 room = ImGui::GetContentRegionAvail();
  // A scroll bar takes width, by which it may become needless: room for one is always kept.
  const float bar = ImGui::GetScrollMaxY() > 0 ? 0 : ImGui::GetStyle().ScrollbarSize;
  const Layout at = lay_out({room.x - bar, ImGui::GetWindowHeight()});
  columns_ = at.columns;
  shown_tile_ = at.edge / ImGui::GetFontSize();
  if (std::exchange(to_top_, false)) ImGui::SetScrollY(0);
  if (std::exchange(scroll_to_, false)) {
    const auto place = static_cast<int>(std::find(order_.begin(), order_.end(), chosen_) - order_.begin());
    const int its_row = place / columns_;
    const float top = static_cast<float>(its_row) * at.cell.y, height = ImGui::GetWindowHeight();
    if (top < ImGui::GetScrollY() || top + at.cell.y > ImGui::GetScrollY() + height)
      ImGui::SetScrollY(std::max(top - (height - at.cell.y) / 2, 0.f));
  }
  const ImVec2 origin = ImGui::GetCursorPos();
  const int first =
      std::clamp(static_cast<int>(ImGui::GetScrollY() / at.cell.y), 0, std::max(at.rows - 1, 0));
  const int last = std::min(at.rows, first + static_cast<int>(ImGui::GetWindowHeight() / at.cell.y) + 2);
  for (int row = first; row < last; ++row)
    for (int column = 0; column < columns_; ++column) {
      const std::size_t place = static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
                                static_cast<std::size_t>(column);
      if (place >= order_.size()) break;
      ImGui::SetCursorPos({origin.x + static_cast<float>(column) * at.cell.x,
                           origin.y + static_cast<float>(row) * at.cell.y});
      draw_tile(order_[place], at);
    }
  ImGui::SetCursorPos({origin.x, origin.y + static_cast<float>(at.rows) * at.cell.y - at.gap});
  ImGui::Dummy({1, 0});
  ImGui::EndChild();
  tiles_.end_frame();
  return opened_;
}

void GalleryGrid::draw_tile(std::size_t index, const Layout& layout) {
  const float em = ImGui::GetFontSize(), edge = layout.edge;
  const Theme& theme = context_.theme;
  const Category& category = known_[index];
  const ImVec2 at = ImGui::GetCursorScreenPos();
  auto* list = ImGui::GetWindowDrawList();
  ImGui::PushID(static_cast<int>(index));
  if (ImGui::InvisibleButton("tile", {edge, layout.cell.y - layout.gap})) {
    chosen_ = index;
    opened_ = index;
  }
  ImGui::PopID();
  context_.tags.mark(cat("category-", source_.number(index)));
  const bool hovered = ImGui::IsItemHovered();
  const ImVec2 end{at.x + edge, at.y + edge};
  if (ready(category)) {
    ThumbnailRequest request = task_thumbnail(source_.task(index, category.ifs), source_.spec().points);
    request.key = index;
    request.version = library_version_;
    request.edge = static_cast<int>(edge);
    tiles_.draw(tiles_.want(std::move(request)), at, edge, list);
  } else {
    list->AddRectFilled(at, end, theme.u32(theme.empty), 0.25f * em);
  }
  if (index == chosen_ || hovered)
    list->AddRect(at, end, theme.u32(theme.accent, index == chosen_ ? 1.f : 0.6f), 0.25f * em, 0, 2);
  ImVec2 text{at.x + 0.15f * em, at.y + edge + 0.15f * em};
  list->AddText(text, theme.u32(theme.text), cat("Category ", source_.number(index)).c_str());
  const bool rejected = ready(category) && category.result.rejection != Rejection::none;
  auto lines = caption(category);
  if (by_ == SortBy::variance && lines.size() > 1) std::swap(lines[0], lines[1]);
  if (by_ == SortBy::occupancy && lines.size() > 2) std::swap(lines[0], lines[2]);
  if (by_ == SortBy::determinant && lines.size() > 3) std::swap(lines[0], lines[3]);
  lines.resize(std::min(lines.size(), static_cast<std::size_t>(layout.lines - 1)));
  for (const auto& line : lines) {
    text.y += line_height * em;
    list->AddText(nullptr, 0.88f * em, text, theme.u32(rejected ? theme.bad : theme.faint), line.c_str());
  }
  if (hovered && category.state == Category::State::unreadable)
    ImGui::SetTooltip("%s", category.problem.c_str());
}

}  // namespace scaffold::viewer
