#include "panels/fractal_unet/gallery_sheet.hpp"

#include <algorithm>
#include <cmath>

#include "core/counted.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "panels/fractal_unet/gallery_grid.hpp"
#include "sources/fractal_unet/cloud_thumbnails.hpp"
#include "ui/text_painter.hpp"

namespace scaffold::viewer {
namespace {

constexpr int smallest_sheet_tile = 56, smallest_text = 9;

/// Where tiles stand.
struct Layout {
  int margin = 0, header = 0, gap = 0;
  int columns = 0, rows = 0, edge = 0, text = smallest_text, lines = 3;
  int left = 0;  ///< of the first column: the block stands in the middle
  int cell_height() const { return edge + caption() + gap; }
  int caption() const { return lines * text * 5 / 4 + text / 2; }
};

/// Large enough to be read where the tile is looked at as a whole; captions of up to 17 characters fit below
/// it.
int text_size(int edge) { return std::max(edge / 13, smallest_text); }
bool has_room_for_captions(int edge) { return edge >= 10 * text_size(edge); }

Layout lay_out(std::size_t tiles, int width, int height, int header, int margin) {
  Layout best;
  const int most = static_cast<int>(std::min<std::size_t>(std::max<std::size_t>(tiles, 1), 1000));
  for (int columns = 1; columns <= most; ++columns) {
    Layout at;
    at.margin = margin;
    at.header = header;
    at.gap = std::max(width / 160, 4);
    at.columns = columns;
    const int room_x = width - 2 * margin, room_y = height - header - margin;
    at.edge = std::min((room_x + at.gap) / columns - at.gap, std::min(room_x, room_y) * 4 / 5);
    const int rows =
        static_cast<int>((tiles + static_cast<std::size_t>(columns) - 1) / static_cast<std::size_t>(columns));
    // Too high: smaller tiles in as many columns.
    for (; at.edge >= smallest_sheet_tile; --at.edge) {
      at.text = text_size(at.edge);
      at.lines = has_room_for_captions(at.edge) ? 3 : 1;
      if (rows * at.cell_height() - at.gap <= room_y) break;
    }
    if (at.edge < smallest_sheet_tile) {
      // Not all fit: remembered only while nothing better is found.
      at.edge = smallest_sheet_tile;
      at.text = text_size(at.edge);
      at.lines = 1;
      if ((room_x + at.gap) / columns - at.gap < at.edge || (best.edge > 0 && best.rows == 0)) continue;
      at.rows = std::max((room_y + at.gap) / at.cell_height(), 1);
      if (best.edge > smallest_sheet_tile ||
          (best.edge == smallest_sheet_tile && best.columns * best.rows >= static_cast<int>(tiles)))
        continue;
    } else {
      at.rows = rows;
      const bool all_before =
          best.edge > 0 &&
          static_cast<std::size_t>(best.columns) * static_cast<std::size_t>(best.rows) >= tiles;
      if (all_before && best.edge >= at.edge) continue;
    }
    best = at;
  }
  best.left = (width - best.columns * (best.edge + best.gap) + best.gap) / 2;
  return best;
}

void put(Image& image, const Thumbnail& picture, int x, int y) {
  for (int row = 0; row < picture.height; ++row)
    for (int column = 0; column < picture.width; ++column) {
      const int px = x + column, py = y + row;
      if (px < 0 || py < 0 || px >= image.width || py >= image.height) continue;
      const auto* from =
          picture.rgba.data() + 4 * (static_cast<std::ptrdiff_t>(row) * picture.width + column);
      std::copy_n(from, 3, image.rgb.data() + 3 * (static_cast<std::ptrdiff_t>(py) * image.width + px));
    }
}

Image blank(int width, int height, Rgb color) {
  Image image{width, height, {}};
  image.rgb.resize(3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  const float channels[] = {color.r, color.g, color.b};
  for (std::size_t i = 0; i < image.rgb.size(); ++i)
    image.rgb[i] = static_cast<std::uint8_t>(std::lround(255 * channels[i % 3]));
  return image;
}

void draw_category(Image& image, const Layout& layout, const TextPainter& text, const LibrarySource& source,
                   std::size_t index, const Theme& theme) {
  const auto column = static_cast<int>(index) % layout.columns,
             row = static_cast<int>(index) / layout.columns;
  const int x = layout.left + column * (layout.edge + layout.gap),
            y = layout.header + row * layout.cell_height();
  const Category category = source.category(index);
  const ThumbnailStyle style{theme.empty, theme.dark, {}};
  if (category.state == Category::State::ready) {
    ThumbnailRequest request = task_thumbnail(source.task(index, category.ifs), source.spec().points);
    request.edge = layout.edge;
    request.style = style;
    put(image, make_thumbnail(request).picture, x, y);
  } else {
    put(image, cloud_thumbnail({}, layout.edge, style), x, y);
  }
  const float line = static_cast<float>(layout.text) * 1.25f;
  float below = static_cast<float>(y + layout.edge) + 0.25f * static_cast<float>(layout.text);
  const auto write = [&](const std::string& words, Rgb color) {
    text.draw(image, static_cast<float>(x), below, words, color);
    below += line;
  };
  write(cat(layout.lines > 1 ? "Category " : "", source.number(index)), theme.text);
  if (layout.lines == 1) return;
  const CloudMeasures& m = category.measures;
  if (category.state == Category::State::unreadable) {
    write("unreadable", theme.bad);
  } else if (m.voxels == 0) {
    write(name(category.result.rejection), theme.bad);
  } else {
    write(cat("D ", m.dimension ? fixed(*m.dimension, 2) : "–", "  o ", occupancy_text(m.occupancy)),
          theme.faint);
    const bool accepted = category.result.rejection == Rejection::none;
    write(cat("v ", fixed(category.smallest_variance(), 3), accepted ? "" : " low"),
          accepted ? theme.faint : theme.bad);
  }
}

/// What stands above the tiles: a title, and lines in small print that break where the sheet ends.
class Heading {
 public:
  Heading(int width, std::string title, const std::vector<std::string>& notes)
      : title_text_(std::move(title)),
        title_(static_cast<float>(std::max(width / 50, 14))),
        small_(static_cast<float>(std::max(width / 80, 11))),
        room_(static_cast<float>(width - 2 * margin(width))) {
    for (const auto& note : notes) {
      const std::string longer = lines_.empty() ? note : lines_.back() + ";  " + note;
      if (lines_.empty() || small_.width(longer) > room_)
        lines_.push_back(note);
      else
        lines_.back() = longer;
    }
  }

  static int margin(int width) { return std::max(width / 60, 10); }
  int height() const {
    return static_cast<int>(1.35f * title_.height() +
                            (1.3f * static_cast<float>(lines_.size()) + 0.9f) * small_.height());
  }
  /// `left`: where the tiles begin, further left where a line would not fit.
  void draw(Image& image, float left, float top, const Theme& theme) const {
    float widest = title_.width(title_text_);
    for (const auto& line : lines_) widest = std::max(widest, small_.width(line));
    const auto edge = static_cast<float>(margin(image.width));
    left = std::max(std::min(left, static_cast<float>(image.width) - edge - widest), edge);
    title_.draw(image, left, top, title_text_, theme.text);
    top += 1.35f * title_.height();
    for (const auto& line : lines_) {
      small_.draw(image, left, top, line, theme.faint);
      top += 1.3f * small_.height();
    }
  }

 private:
  std::string title_text_;
  std::vector<std::string> lines_;
  TextPainter title_, small_;
  float room_;
};

}  // namespace

Image gallery_sheet(LibrarySource& source, int width, int height, const Theme& theme) {
  if (width < 320 || height < 240) throw ConfigError("a gallery's sheet needs 320x240 pixels or more");
  source.wait();
  const LibrarySpec& spec = source.spec();
  const std::vector<std::string> notes = {
      cat("seed ", spec.seed, ", ", counted(source.full_points(), "point"), " a cloud, variance threshold ",
          shortest(spec.variance_threshold)),
      cat("D box-counting dimension, o occupancy of ", source.edge(), "³ voxels, v smallest variance")};
  const std::string title = "Fractal library: " + counted(source.size(), "category", "categories");
  const int margin = Heading::margin(width);
  const Layout layout =
      lay_out(source.size(), width, height, margin + Heading(width, title, notes).height(), margin);
  const auto shown = std::min(
      source.size(), static_cast<std::size_t>(layout.columns) * static_cast<std::size_t>(layout.rows));
  // Tiles without measures need no words about them.
  const Heading heading(width, title + (shown < source.size() ? cat(", the first ", shown) : ""),
                        layout.lines > 1 ? notes : std::vector{notes[0]});
  Image image = blank(width, height, theme.scene);
  heading.draw(image, static_cast<float>(layout.left), static_cast<float>(margin), theme);
  const TextPainter text(static_cast<float>(layout.text));
  for (std::size_t i = 0; i < shown; ++i) draw_category(image, layout, text, source, i, theme);
  return image;
}

}  // namespace scaffold::viewer
