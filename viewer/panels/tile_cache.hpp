// Small pictures for ImGui: asked for in every frame in which they are in sight, made in the
// background, the longest unseen given up.
#pragma once
#include <map>
#include <memory>

#include "sources/thumbnail_maker.hpp"
#include "ui/context.hpp"
#include "ui/texture.hpp"

namespace scaffold::viewer {

class TileCache {
 public:
  explicit TileCache(Context& context) : context_(context), maker_(context.wake) {}

  struct Tile {
    Texture texture;
    bool made = false;
    ThumbnailRequest of;
    std::string note, problem;
    int seen = 0;
  };
  /// What there is of it now, perhaps of an earlier version; the right one comes. The request's style is set
  /// here.
  const Tile& want(ThumbnailRequest request);
  /// Draws it as an image of this size, or an empty frame.
  void draw(const Tile& tile, ImVec2 at, float size, ImDrawList* list) const;
  /// After all of a frame's wishes.
  void end_frame();
  /// Also when not drawn, it must not keep the window awake: see Panel::busy.
  bool busy() const { return maker_.busy(); }
  void clear() { tiles_.clear(); }

 private:
  Context& context_;
  ThumbnailMaker maker_;
  std::map<std::uint64_t, std::unique_ptr<Tile>> tiles_;
  std::vector<ThumbnailRequest> wanted_;
};

/// The theme's background and colors for pictures.
ThumbnailStyle thumbnail_style(const Theme& theme);

}  // namespace scaffold::viewer
