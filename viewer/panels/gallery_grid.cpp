#include "panels/gallery_grid.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <utility>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold::viewer {
namespace {

constexpr float smallest_tile = 6, largest_tile = 24;

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

std::vector<std::string> caption(const Category& category) {
  if (!ready(category)) return {category.state == Category::State::waiting ? "…" : "unreadable"};
  if (category.measures.voxels == 0) return {name(category.verdict.rejection)};
  const CloudMeasures& m = category.measures;
  return {cat("dimension ", m.dimension ? fixed(*m.dimension, 2) : "–"),
          cat("min variance ", fixed(category.smallest_variance(), 3)),
          cat("occupancy ", fixed(100 * m.occupancy, 2), " %"),
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

void GalleryGrid::set_tile(float em) { tile_ = std::clamp(em, smallest_tile, largest_tile); }

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

std::size_t GalleryGrid::neighbour(std::size_t index, int by) {
  order();
  const auto found = std::find(order_.begin(), order_.end(), index);
  if (found == order_.end()) return index;
  const auto last = static_cast<std::ptrdiff_t>(order_.size()) - 1;
  return order_[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(found - order_.begin() + by, 0, last))];
}

void GalleryGrid::move(int columns, int rows) { choose(neighbour(chosen_, columns + rows * columns_)); }

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
  ImGui::SetNextItemWidth(9 * em);
  ImGui::SliderFloat("##tile", &tile_, smallest_tile, largest_tile, "tile size");
  tile_ = std::clamp(tile_, smallest_tile, largest_tile);
  context_.tags.mark("tile");
}

std::optional<std::size_t> GalleryGrid::draw() {
  draw_controls();
  order();
  opened_.reset();
  const float em = ImGui::GetFontSize();
  ImGui::BeginChild("grid");
  // Whole pixels in steps, so that pulling the slider makes few pictures anew.
  const float edge = std::round(tile_ * em / 8) * 8;
  const float lines = tile_ >= 9 ? 5 : 2;
  const float gap = 0.7f * em, room = ImGui::GetContentRegionAvail().x;
  columns_ = std::max(1, static_cast<int>((room + gap) / (edge + gap)));
  const ImVec2 cell{edge + gap, edge + gap + lines * 1.1f * em};
  const int rows = (static_cast<int>(order_.size()) + columns_ - 1) / columns_;
  if (std::exchange(to_top_, false)) ImGui::SetScrollY(0);
  if (scroll_to_) {
    const auto at = static_cast<int>(std::find(order_.begin(), order_.end(), chosen_) - order_.begin());
    const float top = static_cast<float>(at / columns_) * cell.y, height = ImGui::GetWindowHeight();
    if (top < ImGui::GetScrollY() || top + cell.y > ImGui::GetScrollY() + height)
      ImGui::SetScrollY(std::max(top - (height - cell.y) / 2, 0.f));
    scroll_to_ = false;
  }
  const ImVec2 origin = ImGui::GetCursorPos();
  const int first = std::clamp(static_cast<int>(ImGui::GetScrollY() / cell.y), 0, std::max(rows - 1, 0));
  const int last = std::min(rows, first + static_cast<int>(ImGui::GetWindowHeight() / cell.y) + 2);
  for (int row = first; row < last; ++row)
    for (int column = 0; column < columns_; ++column) {
      const auto at = static_cast<std::size_t>(row * columns_ + column);
      if (at >= order_.size()) break;
      ImGui::SetCursorPos(
          {origin.x + static_cast<float>(column) * cell.x, origin.y + static_cast<float>(row) * cell.y});
      draw_tile(order_[at], edge, cell);
    }
  ImGui::SetCursorPos({origin.x, origin.y + static_cast<float>(rows) * cell.y});
  ImGui::Dummy({1, 1});
  ImGui::EndChild();
  tiles_.end_frame();
  return opened_;
}

void GalleryGrid::draw_tile(std::size_t index, float edge, ImVec2 cell) {
  const float em = ImGui::GetFontSize();
  const Theme& theme = context_.theme;
  const Category& category = known_[index];
  const ImVec2 at = ImGui::GetCursorScreenPos();
  auto* list = ImGui::GetWindowDrawList();
  ImGui::PushID(static_cast<int>(index));
  if (ImGui::InvisibleButton("tile", {edge, cell.y - 0.7f * em})) {
    chosen_ = index;
    opened_ = index;
  }
  ImGui::PopID();
  context_.tags.mark(cat("category-", source_.number(index)));
  const bool hovered = ImGui::IsItemHovered();
  const ImVec2 end{at.x + edge, at.y + edge};
  if (ready(category)) {
    PictureRequest request;
    request.key = index;
    request.version = library_version_;
    request.task = source_.task(index, category.ifs);
    request.points = source_.spec().points;
    request.edge = static_cast<int>(edge);
    tiles_.draw(tiles_.want(std::move(request)), at, edge, list);
  } else {
    list->AddRectFilled(at, end, theme.u32(theme.empty), 0.25f * em);
  }
  if (index == chosen_ || hovered)
    list->AddRect(at, end, theme.u32(theme.accent, index == chosen_ ? 1.f : 0.6f), 0.25f * em, 0, 2);
  ImVec2 text{at.x + 0.15f * em, at.y + edge + 0.15f * em};
  list->AddText(text, theme.u32(theme.text), cat("Category ", source_.number(index)).c_str());
  const bool rejected = ready(category) && category.verdict.rejection != Rejection::none;
  auto lines = caption(category);
  if (by_ == SortBy::variance && lines.size() > 1) std::swap(lines[0], lines[1]);
  if (by_ == SortBy::occupancy && lines.size() > 2) std::swap(lines[0], lines[2]);
  if (by_ == SortBy::determinant && lines.size() > 3) std::swap(lines[0], lines[3]);
  if (tile_ < 9) lines.resize(1);
  for (const auto& line : lines) {
    text.y += 1.1f * em;
    list->AddText(nullptr, 0.88f * em, text, theme.u32(rejected ? theme.bad : theme.faint), line.c_str());
  }
  if (hovered && category.state == Category::State::unreadable)
    ImGui::SetTooltip("%s", category.problem.c_str());
}

}  // namespace scaffold::viewer
