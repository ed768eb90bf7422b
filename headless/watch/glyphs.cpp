#include "headless/watch/glyphs.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace scaffold::watch {
namespace {

bool is_braille(char32_t glyph) { return glyph >= 0x2800 && glyph <= 0x28ff; }

/// Bits of the dots in each of the four rows of a braille character, left and right column.
constexpr std::array<unsigned, 4> braille_rows{0x01 | 0x08, 0x02 | 0x10, 0x04 | 0x20, 0x40 | 0x80};

char32_t braille_in_blocks(char32_t glyph) {
  const unsigned dots = glyph - 0x2800;
  const bool above = dots & (braille_rows[0] | braille_rows[1]),
             below = dots & (braille_rows[2] | braille_rows[3]);
  return above && below ? U'\u2588' : above ? U'\u2580' : below ? U'\u2584' : U' ';
}

char32_t braille_in_ascii(char32_t glyph) {
  const unsigned dots = glyph - 0x2800;
  const auto row = [&](std::size_t i) { return dots & braille_rows[i]; };
  const auto rows =
      std::count_if(braille_rows.begin(), braille_rows.end(), [&](unsigned bits) { return dots & bits; });
  if (rows == 0) return U' ';
  if (rows >= 3) return U'|';
  if (row(1) == braille_rows[1] || row(2) == braille_rows[2]) return U'-';
  const bool above = row(0) || row(1), below = row(2) || row(3);
  if (above && below) return U':';
  if (above) return U'\'';
  return row(3) == braille_rows[3] ? U'_' : U'.';
}

/// Punctuation that ASCII has as well; 0 for anything else.
char32_t plain_punctuation(char32_t glyph) {
  if (glyph >= 0x2010 && glyph <= 0x2015) return U'-';
  if (glyph == 0x2016) return U'|';
  if (glyph == 0x2017) return U'_';
  if (glyph >= 0x2018 && glyph <= 0x201b) return U'\'';
  if (glyph >= 0x201c && glyph <= 0x201f) return U'"';
  if (glyph >= 0x2020 && glyph <= 0x2023) return U'*';
  if (glyph >= 0x2024 && glyph <= 0x2026) return U'.';
  return 0;
}

char32_t in_console(char32_t glyph) {
  static constexpr std::u32string_view box_lines =
      U"\u2500\u2502\u250c\u2510\u2514\u2518\u251c\u2524\u252c\u2534\u253c";
  static constexpr std::u32string_view blocks = U"\u2580\u2584\u2588\u258c\u2590\u2591\u2592\u2593";
  if (is_braille(glyph)) return braille_in_blocks(glyph);
  if (const char32_t plain = plain_punctuation(glyph)) return plain;
  if (glyph == U'\u2027') return U'\u00b7';
  if (glyph == U'\u25b6') return U'\u25ba';
  if (glyph >= 0x2500 && glyph <= 0x257f) return box_lines.find(glyph) != box_lines.npos ? glyph : U'+';
  if (glyph >= 0x2580 && glyph <= 0x259f) {
    if (blocks.find(glyph) != blocks.npos) return glyph;
    if (glyph <= 0x2583) return U'_';                                     // up to three eighths from below
    if (glyph <= 0x258b) return glyph == 0x258b ? U'\u258c' : U'\u2588';  // five eighths and more
    return glyph == 0x258d || glyph == 0x258e || glyph == 0x258f || glyph == 0x2595 ? U'\u2502' : U'\u2588';
  }
  return glyph;  // Latin, arrows, U+2265
}

char32_t in_ascii(char32_t glyph) {
  if (glyph < 0x80) return glyph;
  if (is_braille(glyph)) return braille_in_ascii(glyph);
  if (const char32_t plain = plain_punctuation(glyph)) return plain;
  switch (glyph) {
    case U'\u00b7':
    case U'\u2027':
      return U'-';
    case U'\u2190':
      return U'<';
    case U'\u2191':
      return U'^';
    case U'\u2192':
    case U'\u2265':
    case U'\u25b6':
      return U'>';
    case U'\u2193':
      return U'v';
    case U'\u2500':
      return U'-';
    case U'\u2502':
    case U'\u258d':
    case U'\u258e':
    case U'\u258f':
    case U'\u2595':
      return U'|';
    default:
      return glyph >= 0x2500 && glyph <= 0x257f ? U'+' : glyph >= 0x2580 && glyph <= 0x259f ? U'#' : U'?';
  }
}

}  // namespace

Glyphs glyphs_of(std::string_view terminal, bool utf8) {
  if (!utf8) return Glyphs::ascii;
  // Names as in terminfo: "linux-16color" and "vt220-8bit" are variants of one terminal.
  const std::string_view family = terminal.substr(0, terminal.find('-'));
  if (family == "linux") return Glyphs::console;
  const bool hardware =
      family.size() > 2 && family.starts_with("vt") && std::isdigit(static_cast<unsigned char>(family[2]));
  static constexpr std::array<std::string_view, 6> without_unicode{"ansi", "pcansi", "cons25",
                                                                   "sun",  "wy50",   "wy60"};
  return hardware || std::ranges::find(without_unicode, family) != without_unicode.end() ? Glyphs::ascii
                                                                                         : Glyphs::unicode;
}

bool asks_for_utf8(const char* lc_all, const char* lc_ctype, const char* lang) {
  for (const char* value : {lc_all, lc_ctype, lang}) {
    if (!value || !*value) continue;  // the first that is set counts
    std::string name = value;
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return name.find("utf-8") != name.npos || name.find("utf8") != name.npos;
  }
  return false;
}

char32_t shown(Glyphs glyphs, char32_t glyph) {
  if (glyphs == Glyphs::console) return in_console(glyph);
  return glyphs == Glyphs::ascii ? in_ascii(glyph) : glyph;
}

}  // namespace scaffold::watch
