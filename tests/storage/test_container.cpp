// What a reader says to files that are not what it expects.
#include <random>

#include "catch.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "files.hpp"
#include "fuzz.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;
using namespace scaffold::testing;
using Catch::Contains;

namespace {
// Opens a file as a checkpoint; the DataError's message, or "" when it opened.
std::string complaint(const fs::path& path, const std::string& kind = "checkpoint", int newest = 1) {
  try {
    check_container(path, kind, newest);
    return "";
  } catch (const DataError& error) {
    CHECK_THAT(error.what(), Contains(path.filename().string()));
    return error.what();
  }
}
}  // namespace

TEST_CASE("each kind of wrong file has its own message") {
  const TemporaryFolder folder;
  write_plain(folder / "good.h5");
  const std::string good = slurp(folder / "good.h5");
  REQUIRE(complaint(folder / "good.h5").empty());

  CHECK_THAT(complaint(folder / "absent.h5"), Contains("No such file"));
  CHECK_THAT(complaint(folder.path()), Contains("folder"));
  CHECK_THAT(complaint(folder / "good.h5", "volume"), Contains("is a checkpoint, a volume was expected"));

  spill(folder / "empty.h5", "");
  CHECK_THAT(complaint(folder / "empty.h5"), Contains("empty"));
  spill(folder / "foreign.h5", "PNG or whatever");
  CHECK_THAT(complaint(folder / "foreign.h5"), Contains("not a scaffold file"));
  spill(folder / "short.h5", good.substr(0, 300));
  CHECK_THAT(complaint(folder / "short.h5"), Contains("truncated"));
  spill(folder / "cut.h5", good.substr(0, good.size() - 1));
  CHECK_THAT(complaint(folder / "cut.h5"), Contains("truncated"));
  spill(folder / "long.h5", good + "x");
  CHECK_THAT(complaint(folder / "long.h5"), Contains("do not belong"));
  spill(folder / "hdf5.h5", good.substr(read_header(folder / "good.h5").user_block));
  CHECK_THAT(complaint(folder / "hdf5.h5"), Contains("not one that scaffold wrote"));

  write_plain(folder / "newer.h5", "checkpoint", 3);
  CHECK_THAT(complaint(folder / "newer.h5"),
             Contains("newer version of scaffold") && Contains("format 3") && Contains("reads up to 1"));
  CHECK(complaint(folder / "newer.h5", "checkpoint", 3).empty());
  std::string newer_header = good;
  newer_header[std::string("SCAFFOLD-HDF5 header ").size()] = '2';
  spill(folder / "newer_header.h5", newer_header);
  CHECK_THAT(complaint(folder / "newer_header.h5"), Contains("newer version") && Contains("header format 2"));

  std::string flipped = good;
  flipped[good.size() - 5] ^= 4;
  spill(folder / "flipped.h5", flipped);
  CHECK_THAT(complaint(folder / "flipped.h5"), Contains("contents do not match their checksum"));
  std::string header = good;
  header[header.find("kind") + 6] ^= 1;
  spill(folder / "header.h5", header);
  CHECK_THAT(complaint(folder / "header.h5"), Contains("header's checksum"));

  CHECK(is_container(folder / "good.h5"));
  CHECK_FALSE(is_container(folder / "hdf5.h5"));
  CHECK_FALSE(is_container(folder / "empty.h5"));
  CHECK_FALSE(is_container(folder.path()));
  CHECK_FALSE(is_container(folder / "absent.h5"));
}

TEST_CASE("any single flipped bit or cut is caught before libhdf5 sees the file") {
  const TemporaryFolder folder;
  write_plain(folder / "good.h5");
  const std::string good = slurp(folder / "good.h5");
  const auto block = read_header(folder / "good.h5").user_block;
  const auto used = good.find('\0');  // the rest of the user block is padding, which nobody reads
  REQUIRE(used < block);
  std::mt19937 random(1);
  int caught = 0;
  for (int i = 0; i < fuzz_rounds(1500); ++i) {
    std::string bad = good;
    if (i % 4 == 0) {
      bad.resize(random() % good.size());
    } else {
      std::size_t at = random() % (used + good.size() - block);
      if (at >= used) at += block - used;
      bad[at] ^= static_cast<char>(1 << random() % 8);
    }
    spill(folder / "bad.h5", bad);
    caught += !complaint(folder / "bad.h5").empty();
  }
  CHECK(caught == 1500);
}

TEST_CASE("hostile headers with a valid checksum are refused") {
  const TemporaryFolder folder;
  write_chunked(folder / "good.h5");
  const std::string good = slurp(folder / "good.h5");
  const auto end = good.find("header_xxh3 ");
  const std::string text = good.substr(0, end);
  // The header with one piece of text replaced and its checksum made to fit.
  const auto forged = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    const auto at = changed.find(from);
    REQUIRE(at != std::string::npos);
    changed.replace(at, changed.find('\n', at) - at, to);
    std::string bytes = cat(changed, "header_xxh3 ", hex16(checksum(changed)), "\n");
    bytes.resize(std::max<std::size_t>(512, bytes.size()), '\0');
    spill(folder / "forged.h5", bytes + good.substr(512));
    return complaint(folder / "forged.h5", "volume");
  };
  REQUIRE(forged("kind ", "kind volume").empty());
  CHECK_THAT(forged("kind ", "kind Volume"), Contains("impossible kind"));
  CHECK_THAT(forged("version ", "version 0"), Contains("impossible"));
  CHECK_THAT(forged("version ", "version -1"), Contains("not a number"));
  CHECK_THAT(forged("user_block ", "user_block 18446744073709551615"), Contains("impossible"));
  CHECK_THAT(forged("user_block ", "user_block 1000"), Contains("impossible"));
  CHECK_THAT(forged("user_block ", "user_block 16777216"), Contains("truncated"));
  CHECK_THAT(forged("bulk_ranges ", "bulk_ranges 18446744073709551615"), Contains("more ranges"));
  CHECK_THAT(forged("bulk_ranges ", "bulk_ranges 5"), Contains("no line 'bulk'"));
  CHECK_THAT(forged("bulk ", "bulk 0 6 0123456789abcdef"), Contains("outside"));
  CHECK_THAT(forged("bulk ", "bulk 18446744073709551615 6 0123456789abcdef"), Contains("outside"));
  CHECK_THAT(forged("bulk ", "bulk 2048 18446744073709551615 0123456789abcdef"), Contains("outside"));
  CHECK_THAT(forged("bulk ", "bulk 2048"), Contains("malformed"));
  CHECK_THAT(forged("metadata_xxh3 ", "metadata_xxh3 0123456789abcdef"), Contains("metadata do not match"));
}

TEST_CASE("bulk ranges are outside the metadata checksum and have their own") {
  const TemporaryFolder folder;
  const auto chunks = write_chunked(folder / "v.h5");
  const HeaderInfo header = check_container(folder / "v.h5", "volume", 1);
  REQUIRE(header.bulk.size() == 4);
  verify_bulk(folder / "v.h5", header);
  std::string bytes = slurp(folder / "v.h5");
  bytes[chunks[2].offset + 1] ^= 1;
  spill(folder / "v.h5", bytes);
  CHECK_NOTHROW(check_container(folder / "v.h5", "volume", 1));
  CHECK_THROWS_WITH(verify_bulk(folder / "v.h5", header), Contains(cat("offset ", chunks[2].offset)));
}

TEST_CASE("the user block has room for every range it was made for") {
  for (std::uint64_t ranges : {0, 1, 8, 9, 1000, 100000}) {
    const auto size = user_block_size(ranges);
    CHECK((size & (size - 1)) == 0);
    // The longest lines: a kind of 32 letters, 20-digit numbers, 16 hexadecimal digits.
    const std::uint64_t fixed =
        23 + (11 + 21) + (5 + 33) + (8 + 8) + (10 + 21) + (14 + 17) + (12 + 21) + (12 + 17);
    CHECK(size >= fixed + ranges * (5 + 20 + 1 + 20 + 1 + 17));
  }
  CHECK_THROWS_AS(user_block_size(std::uint64_t{1} << 40), ConfigError);
}
