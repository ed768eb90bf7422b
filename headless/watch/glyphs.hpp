// What a terminal can show: braille is not in every font, and beyond ASCII nothing is where the locale has no
// Unicode.
#pragma once
#include <string_view>

namespace scaffold::watch {

enum class Glyphs {
  unicode,  ///< all that Screen holds
  console,  ///< Linux' console in UTF-8: its fonts have blocks and arrows (code page 437), and no braille
  ascii
};

/// For a terminal of that name (TERM); `utf8`: the locale's encoding is UTF-8.
Glyphs glyphs_of(std::string_view terminal, bool utf8);
/// Whether the environment asks for UTF-8 in a locale that is not installed here, as after ssh from a machine
/// that has it. The variables as POSIX ranks them; any may be null.
bool asks_for_utf8(const char* lc_all, const char* lc_ctype, const char* lang);
/// The same, or what comes nearest among what can be shown. One column wide, as `glyph` is.
char32_t shown(Glyphs glyphs, char32_t glyph);

}  // namespace scaffold::watch
