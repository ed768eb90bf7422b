#include <rapidcheck.h>

#include <cstdint>

#include "catch.hpp"
#include "core/coding.hpp"

using namespace scaffold;

TEST_CASE("numbers are written from their lowest byte on, and read back") {
  std::string bytes;
  append_little_endian(bytes, std::uint32_t{0x01020304});
  append_little_endian(bytes, std::int16_t{-2});
  CHECK(bytes == std::string("\x04\x03\x02\x01\xfe\xff", 6));
  std::string_view rest = bytes;
  CHECK(take_little_endian<std::uint32_t>(rest) == 0x01020304);
  CHECK(take_little_endian<std::int16_t>(rest) == -2);
  CHECK(rest.empty());
  CHECK(rc::check("any number of any width",
                  [](std::uint64_t a, std::int64_t b, std::uint8_t c, std::int32_t d) {
                    std::string all;
                    append_little_endian(all, a);
                    append_little_endian(all, b);
                    append_little_endian(all, c);
                    append_little_endian(all, d);
                    std::string_view left = all;
                    RC_ASSERT(take_little_endian<std::uint64_t>(left) == a);
                    RC_ASSERT(take_little_endian<std::int64_t>(left) == b);
                    RC_ASSERT(take_little_endian<std::uint8_t>(left) == c);
                    RC_ASSERT(take_little_endian<std::int32_t>(left) == d);
                  }));
}
