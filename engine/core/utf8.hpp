// Text in UTF-8, character by character, by utf8proc.
//
//   for (std::size_t at = 0; at < text.size();) {
//     const auto [code, length] = utf8::character(text, at);
//     if (length == 0) …  // text[at] begins no character
//     at += std::max<std::size_t>(length, 1);
//   }
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace scaffold::utf8 {

struct Character {
  char32_t code = 0xfffd;
  std::size_t length = 0;  ///< bytes; 0 where they are no character of UTF-8 (RFC 3629)
};

/// The one that begins at text[at], which must be there.
Character character(std::string_view text, std::size_t at = 0);
void append(std::string& text, char32_t code);
/// Columns that it takes on a terminal: 0, 1 or 2.
int columns(char32_t code);
/// Of a whole text; bytes that are no character take one.
std::size_t columns(std::string_view text);
/// A character that moves no cursor and changes no state of a terminal or parser: no control character (C0,
/// C1), no line or paragraph separator, no byte order mark, no noncharacter.
bool is_plain(char32_t code);

}  // namespace scaffold::utf8
