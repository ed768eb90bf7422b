// All categories of a library as tiles.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "panels/property.hpp"
#include "panels/tile_cache.hpp"
#include "sources/fractal_unet/library_source.hpp"

namespace scaffold::viewer {

enum class SortBy { number, variance, occupancy, dimension, determinant };
inline constexpr const char* sort_names[] = {"number", "variance", "occupancy", "dimension", "determinant"};
/// ConfigError for another name.
SortBy sort_named(const std::string& name);
/// What is sorted by; infinite for what is not known, so that it comes last.
double sort_value(const Category& category, int number, SortBy by);
/// "#12", and the measures in one line each, the most telling first.
std::vector<std::string> caption(const Category& category);
/// "0.19 %" of 0.0019; of small shares two digits that say something: clouds of large problems fill few
/// voxels.
std::string occupancy_text(double share);

class GalleryGrid {
 public:
  GalleryGrid(LibrarySource& source, Context& context)
      : source_(source), context_(context), tiles_(context) {}

  /// The index of a category that was opened.
  std::optional<std::size_t> draw();
  /// Another library is in the source.
  void restart();
  void move(int columns, int rows);
  std::size_t chosen() const { return chosen_; }
  void choose(std::size_t index);
  /// `index` ± 1 in the order shown.
  std::size_t neighbor(std::size_t index, int by);
  void sort(SortBy by, bool descending);
  SortBy sorted_by() const { return by_; }
  bool descending() const { return descending_; }
  /// Edge of a tile in font sizes; 0: as large as lets all be seen, within reason.
  void set_tile(float em);
  /// Larger or smaller than what is shown now.
  void scale_tile(float factor) { set_tile(shown_tile_ * factor); }
  bool busy() const { return tiles_.busy(); }
  /// Order and size.
  Properties properties();

 private:
  /// Where tiles stand, in pixels.
  struct Layout {
    int columns = 1, rows = 0;
    float edge = 0, gap = 0;
    int lines = 5;  ///< below a tile
    ImVec2 cell{};  ///< from one tile to the next
  };
  Layout lay_out(ImVec2 room) const;
  Layout lay_out(ImVec2 room, float tile) const;
  void draw_controls();
  void draw_tile(std::size_t index, const Layout& at);
  void order();

  LibrarySource& source_;
  Context& context_;
  TileCache tiles_;
  std::vector<Category> known_;  ///< copies, as far as they were there when ordered
  std::vector<std::size_t> order_;
  std::size_t ordered_of_ = 0;
  bool stale_ = true, scroll_to_ = false, to_top_ = false;
  std::size_t chosen_ = 0;
  std::optional<std::size_t> opened_;
  SortBy by_ = SortBy::number;
  bool descending_ = false;
  float tile_ = 0, shown_tile_ = 0;  ///< as chosen, 0 for as large as fits; as drawn
  int columns_ = 1;
  std::uint64_t library_version_ = 0;
};

}  // namespace scaffold::viewer
