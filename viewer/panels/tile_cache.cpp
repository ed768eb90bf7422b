#include "panels/tile_cache.hpp"

#include <algorithm>

#include "ui/view_widget.hpp"

namespace scaffold::viewer {
namespace {

constexpr std::size_t max_tiles = 600;

bool same(const ThumbnailRequest& a, const ThumbnailRequest& b) {
  return a.version == b.version && a.edge == b.edge && a.style == b.style && a.points == b.points;
}

}  // namespace

ThumbnailStyle thumbnail_style(const Theme& theme) { return {theme.empty, theme.dark, {}}; }

const TileCache::Tile& TileCache::want(ThumbnailRequest request) {
  request.style = thumbnail_style(context_.theme);
  request.edge = std::clamp(request.edge, 16, 1024);
  auto& tile = tiles_[request.key];
  if (!tile) tile = std::make_unique<Tile>();
  tile->seen = ImGui::GetFrameCount();
  if (!tile->made || !same(tile->of, request)) wanted_.push_back(std::move(request));
  return *tile;
}

void TileCache::draw(const Tile& tile, ImVec2 at, float size, ImDrawList* list) const {
  const ImVec2 end{at.x + size, at.y + size};
  const float rounding = 0.25f * ImGui::GetFontSize();
  if (tile.made)
    list->AddImageRounded(texture_id(tile.texture.handle()), at, end, {0, 0}, {1, 1}, IM_COL32_WHITE,
                          rounding);
  else
    list->AddRectFilled(at, end, context_.theme.u32(context_.theme.empty), rounding);
}

void TileCache::end_frame() {
  for (FinishedThumbnail& made : maker_.take()) {
    const auto found = tiles_.find(made.request.key);
    if (found == tiles_.end()) continue;
    Tile& tile = *found->second;
    tile.texture.upload(made.picture.width, made.picture.height, made.picture.rgba);
    tile.made = true;
    tile.note = made.note;
    tile.problem = made.problem;
    tile.of = std::move(made.request);
  }
  // What has just come need not be made again.
  std::erase_if(wanted_, [this](const ThumbnailRequest& r) {
    const auto& tile = tiles_[r.key];
    return tile && tile->made && same(tile->of, r);
  });
  maker_.want(std::exchange(wanted_, {}));
  if (tiles_.size() <= max_tiles) return;
  const int now = ImGui::GetFrameCount();
  std::erase_if(tiles_, [now](const auto& entry) { return now - entry.second->seen > 2; });
}

}  // namespace scaffold::viewer
