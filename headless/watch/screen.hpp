// A screen of text as a value: laid out without a terminal, shown by watch_terminal.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace scaffold::watch {

/// A number of xterm's 256 colors; -1: the terminal's own.
using Color = std::int16_t;
inline constexpr Color plain = -1;

struct Style {
  Color front = plain, back = plain;
  bool bold = false, reverse = false;
  bool operator==(const Style&) const = default;
};

struct Cell {
  char32_t glyph = U' ';
  Style style;
  bool operator==(const Cell&) const = default;
};

class Screen {
 public:
  Screen(int columns, int rows);

  int columns() const { return columns_; }
  int rows() const { return rows_; }
  const Cell& at(int x, int y) const;
  /// Nothing happens outside of the screen.
  void put(int x, int y, char32_t glyph, Style style = {});
  /// UTF-8, cut at the right edge or after `width` columns. What is not printable or wider than a column is
  /// shown as '?', so that no text of a run can steer the terminal. Where the text ends.
  int text(int x, int y, std::string_view utf8, Style style = {}, int width = 1 << 20);
  /// The style of a whole row.
  void paint_row(int y, Style style);
  /// Rows as UTF-8 without trailing spaces, a line feed after each: for tests and for `--once`.
  std::string dump() const;

 private:
  int columns_, rows_;
  std::vector<Cell> cells_;
};

/// Part of a screen; what is written to it is cut at its edges by its user.
struct Box {
  int x = 0, y = 0, width = 0, height = 0;
};

/// "█████▌   " of `width` columns, filled to `part` of them (0 to 1) in eighths.
void draw_bar(Screen& screen, int x, int y, int width, double part, Style style);

}  // namespace scaffold::watch
