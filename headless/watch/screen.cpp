#include "headless/watch/screen.hpp"

#include <algorithm>
#include <cmath>

#include "core/utf8.hpp"

namespace scaffold::watch {
namespace {

/// One column wide on every terminal: Latin, and the dashes, arrows, blocks and braille that we write.
bool is_narrow(char32_t code) {
  return (code >= 0x20 && code < 0x7f) || (code >= 0xa1 && code < 0x250 && code != 0xad) ||
         (code >= 0x2010 && code <= 0x2027) || (code >= 0x2190 && code <= 0x2193) || code == 0x2265 ||
         (code >= 0x2500 && code <= 0x259f) || code == 0x25b6 || (code >= 0x2800 && code <= 0x28ff);
}

}  // namespace

Screen::Screen(int columns, int rows)
    : columns_(std::clamp(columns, 1, 1000)),
      rows_(std::clamp(rows, 1, 1000)),
      cells_(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_)) {}

const Cell& Screen::at(int x, int y) const {
  return cells_.at(static_cast<std::size_t>(y) * static_cast<std::size_t>(columns_) +
                   static_cast<std::size_t>(x));
}

void Screen::put(int x, int y, char32_t glyph, Style style) {
  if (x < 0 || y < 0 || x >= columns_ || y >= rows_) return;
  cells_[static_cast<std::size_t>(y) * static_cast<std::size_t>(columns_) + static_cast<std::size_t>(x)] = {
      glyph, style};
}

int Screen::text(int x, int y, std::string_view words, Style style, int width) {
  for (const int end = x + std::min(width, columns_); !words.empty() && x < end; ++x) {
    const auto [code, length] = utf8::character(words);
    words.remove_prefix(std::max<std::size_t>(length, 1));
    put(x, y, is_narrow(code) ? code : U'?', style);
  }
  return x;
}

void Screen::paint_row(int y, Style style) {
  for (int x = 0; x < columns_; ++x) put(x, y, at(x, y).glyph, style);
}

std::string Screen::dump() const {
  std::string text;
  for (int y = 0; y < rows_; ++y) {
    int end = columns_;
    while (end > 0 && at(end - 1, y).glyph == U' ') --end;
    for (int x = 0; x < end; ++x) utf8::append(text, at(x, y).glyph);
    text += '\n';
  }
  return text;
}

void draw_bar(Screen& screen, int x, int y, int width, double part, Style style) {
  const int eighths =
      static_cast<int>(std::lround(std::clamp(std::isfinite(part) ? part : 0.0, 0.0, 1.0) * 8 * width));
  for (int i = 0; i < width; ++i) {
    const int filled = std::clamp(eighths - 8 * i, 0, 8);
    screen.put(x + i, y, filled == 0 ? U' ' : static_cast<char32_t>(0x2590 - filled),
               style);  // U+2588 full … U+258F
  }
}

}  // namespace scaffold::watch
