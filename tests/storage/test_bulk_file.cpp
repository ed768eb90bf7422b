#include <rapidcheck.h>
#include <algorithm>
#include <fstream>
#include <vector>

#include "catch.hpp"
#include "core/error.hpp"
#include "storage/bulk_file.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;

namespace {

/// Longer than several pieces of either way of reading, and no multiple of anything.
std::string content() {
  std::string bytes(5 * (std::size_t{1} << 20) / 2 + 1237, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return bytes;
}

}  // namespace

TEST_CASE("any range of a file comes with its bytes and checksum, through the page cache and around it") {
  const TemporaryFolder folder;
  const std::string bytes = content();
  std::ofstream(folder / "f", std::ios::binary) << bytes;
  for (const bool direct : {false, true}) {
    const BulkFile file(folder / "f", direct);
    CHECK(rc::check([&] {
      const auto offset = *rc::gen::inRange<std::size_t>(0, bytes.size());
      const auto size = *rc::gen::oneOf(rc::gen::inRange<std::size_t>(0, bytes.size() - offset + 1),
                                        rc::gen::just(bytes.size() - offset));
      std::string into(size + 2, '#');
      Checksum sum;
      file.read(into.data() + 1, size, offset, sum);
      RC_ASSERT(into.substr(1, size) == bytes.substr(offset, size));
      RC_ASSERT(into.front() == '#');
      RC_ASSERT(into.back() == '#');
      RC_ASSERT(sum.value() == checksum(bytes.data() + offset, size));
    }));
  }
}

TEST_CASE("a checksum goes on over several ranges") {
  const TemporaryFolder folder;
  std::ofstream(folder / "f") << "abcdef";
  for (const bool direct : {false, true}) {
    const BulkFile file(folder / "f", direct);
    Checksum sum;
    char into[6];
    file.read(into, 2, 4, sum);
    file.read(into, 2, 0, sum);
    CHECK(sum.value() == checksum("efab"));
  }
}

TEST_CASE("a file that ends early, or is not there, is an error that names it") {
  const TemporaryFolder folder;
  std::ofstream(folder / "short") << std::string(5000, 'x');
  std::vector<char> into(8192);
  for (const bool direct : {false, true}) {
    const BulkFile file(folder / "short", direct);
    Checksum sum;
    CHECK_THROWS_AS(file.read(into.data(), 5001, 0, sum), DataError);
    CHECK_THROWS_WITH(file.read(into.data(), 1, 5000, sum),
                      Catch::Contains("short") && Catch::Contains("truncated"));
    CHECK_THROWS_AS(file.read(into.data(), 100, 1 << 20, sum), DataError);
    CHECK_THROWS_AS(BulkFile(folder / "none", direct), DataError);
  }
}
