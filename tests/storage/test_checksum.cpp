#include <rapidcheck.h>
#include <fstream>
#include <string>

#include "catch.hpp"
#include "core/error.hpp"
#include "storage/checksum.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;

TEST_CASE("checksums are XXH3-64 with seed 0") {
  // Published values for an empty input and for the four bytes "test".
  CHECK(hex16(checksum("")) == "2d06800538d394c2");
  CHECK(hex16(checksum("test")) == "9ec9f7918d7dfc40");
}

TEST_CASE("pieces give the checksum of the whole") {
  CHECK(rc::check([](const std::string& a, const std::string& b, const std::string& c) {
    Checksum sum;
    for (const auto& piece : {a, b, c}) sum.update(piece.data(), piece.size());
    RC_ASSERT(sum.value() == checksum(a + b + c));
  }));
}

TEST_CASE("hexadecimal text reads back and nothing else is accepted") {
  CHECK(rc::check([](std::uint64_t value) {
    std::uint64_t back = 0;
    RC_ASSERT(parse_hex16(hex16(value), back));
    RC_ASSERT(back == value);
  }));
  std::uint64_t value = 7;
  for (const char* text :
       {"", "0", "0123456789abcdeg", "0123456789ABCDEF", "0123456789abcdef0", "+123456789abcdef"})
    CHECK_FALSE(parse_hex16(text, value));
  CHECK(value == 7);
}

TEST_CASE("a range of a file sums like its bytes, and a short file is an error") {
  const TemporaryFolder folder;
  std::string bytes(3'000'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * i >> 5);
  std::ofstream(folder / "f", std::ios::binary) << bytes;
  const FileDescriptor fd = open_read(folder / "f");
  Checksum sum;
  update_from_file(sum, fd.get(), 17, 2'900'000, folder / "f");
  CHECK(sum.value() == checksum(bytes.data() + 17, 2'900'000));
  CHECK_THROWS_AS(update_from_file(sum, fd.get(), 17, 3'000'000, folder / "f"), DataError);
}
