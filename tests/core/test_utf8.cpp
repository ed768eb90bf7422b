#include <rapidcheck.h>

#include "catch.hpp"
#include "core/utf8.hpp"

using namespace scaffold;

namespace {

/// By the definition in RFC 3629, for code points below 0x110000 that are no surrogates.
std::string encoded(char32_t code) {
  if (code < 0x80) return {static_cast<char>(code)};
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | ((code >> shift) & 0x3f)); };
  if (code < 0x800) return {static_cast<char>(0xc0 | (code >> 6)), tail(0)};
  if (code < 0x10000) return {static_cast<char>(0xe0 | (code >> 12)), tail(6), tail(0)};
  return {static_cast<char>(0xf0 | (code >> 18)), tail(12), tail(6), tail(0)};
}

}  // namespace

TEST_CASE("every code point is written and read by its definition, and no surrogate is") {
  for (char32_t code = 0; code < 0x110000; ++code) {
    const bool surrogate = code >= 0xd800 && code < 0xe000;
    const std::string bytes = encoded(code);
    const auto [read, length] = utf8::character(bytes);
    if (surrogate) {
      if (length != 0) FAIL("surrogate " << static_cast<unsigned>(code));
      continue;
    }
    std::string written;
    utf8::append(written, code);
    if (written != bytes || read != code || length != bytes.size())
      FAIL("code " << static_cast<unsigned>(code));
  }
}

TEST_CASE("what is cut, overlong or too large begins no character") {
  for (const char* bytes : {"\x80", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xe2\x82", "\xf0\x80\x80\x80",
                            "\xf4\x90\x80\x80", "\xff", "\xed\xa0\x80"})
    CHECK(utf8::character(bytes).length == 0);
  CHECK(rc::check("any bytes are read to their end", [](const std::string& bytes) {
    std::size_t at = 0;
    while (at < bytes.size()) {
      const auto [code, length] = utf8::character(bytes, at);
      RC_ASSERT(length <= 4 && at + length <= bytes.size());
      RC_ASSERT(length == 0 || bytes.substr(at, length) == encoded(code));
      at += length == 0 ? 1 : length;
    }
    RC_ASSERT(utf8::columns(bytes) <= 2 * bytes.size());
  }));
}

TEST_CASE("columns are those of a terminal") {
  CHECK(utf8::columns("Dice") == 4);
  CHECK(utf8::columns("Größe ≥ 3³") == 10);
  CHECK(utf8::columns("網") == 2);
  CHECK(utf8::columns("e\u0301") == 1);  // a combining accent
  CHECK(utf8::columns("\xff\xfe") == 2);
}

TEST_CASE("plain are characters that move nothing") {
  for (const char32_t code : {U'a', U' ', U'é', U'網', U'\U0001f600'}) CHECK(utf8::is_plain(code));
  for (const char32_t code : {U'\n', U'\x1b', U'\x7f', U'\u0085', U'\u2028', U'\ufeff', U'\uffff'})
    CHECK_FALSE(utf8::is_plain(code));
}
