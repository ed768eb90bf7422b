#include <rapidcheck.h>
#include <cmath>
#include <cstring>
#include <random>

#include "catch.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "fuzz.hpp"
#include "plain.hpp"

using namespace scaffold;

TEST_CASE("probabilities are the shares of the determinants") {
  Ifs ifs{};
  ifs[0].matrix = {2, 0, 0, 0, 3, 0, 0, 0, -1};  // determinant −6
  ifs[1].matrix = {0, 1, 0, 0, 0, 1, 2, 0, 0};   // a permutation scaled by 2: determinant 2
  set_probabilities(ifs);
  CHECK(ifs[0].probability == Approx(0.75).epsilon(1e-15));
  CHECK(ifs[1].probability == Approx(0.25).epsilon(1e-15));
  ifs[0].matrix = {1, 2, 3, 4, 5, 6, 7, 8, 10};  // determinant −3
  set_probabilities(ifs);
  CHECK(ifs[0].probability == Approx(0.6).epsilon(1e-12));
  set_probabilities(ifs = Ifs{});
  CHECK(ifs[0].probability == 0.5);
}

TEST_CASE("candidates lie in the unit cube and differ by seed and attempt") {
  double low = 1, high = -1;
  for (std::uint64_t attempt = 0; attempt < 200; ++attempt) {
    const Ifs ifs = candidate_ifs(7, attempt);
    for (const AffineMap& map : ifs)
      for (int c = 0; c < 12; ++c) {
        low = std::min(low, coefficient(map, c));
        high = std::max(high, coefficient(map, c));
      }
    CHECK(ifs[0].probability + ifs[1].probability == Approx(1));
    CHECK_FALSE(ifs == candidate_ifs(8, attempt));
    CHECK_FALSE(ifs == candidate_ifs(7, attempt + 1));
    CHECK_FALSE(ifs == candidate_ifs(7, attempt + (std::uint64_t{1} << 32)));
  }
  CHECK(low >= -1);
  CHECK(low < -0.99);
  CHECK(high < 1);
  CHECK(high > 0.99);
  // The first coefficient by hand: two words, the first the high one, make 53 bits.
  const PhiloxBlock block = philox({0, 1, 3, 0}, 7, 0);
  const std::uint64_t bits = (std::uint64_t{block[0]} << 21) | (block[1] >> 11);
  CHECK(candidate_ifs(7, 3)[0].matrix[0] == 2 * (static_cast<double>(bits) / 9007199254740992.0) - 1);
}

TEST_CASE("a category survives its text form exactly") {
  CHECK(rc::check("round trip", [] {
    const Ifs ifs = candidate_ifs(*rc::gen::arbitrary<std::uint64_t>(), *rc::gen::arbitrary<std::uint32_t>());
    const std::string text = to_csv(ifs);
    RC_ASSERT(ifs_from_csv(text, "f") == ifs);
    RC_ASSERT(std::count(text.begin(), text.end(), '\n') == 2);
    RC_ASSERT(std::count(text.begin(), text.end(), ',') == 24);
  }));
}

TEST_CASE("the reference's way of writing numbers is read") {
  const std::string row = "1.000000000000000056e-01,-2.5e-01,+3e-1,0,0,0,0,0,0,1,2,3,";
  const Ifs ifs = ifs_from_csv(row + "2.500000000000000000e-01\r\n" + row + "7.5e-01\r\n\n", "f");
  CHECK(ifs[0].matrix[0] == 0.1);
  CHECK(ifs[1].matrix[2] == 0.3);
  CHECK(ifs[0].translation[2] == 3);
  CHECK(ifs[1].probability == 0.75);
}

TEST_CASE("a bad category file is named with its line") {
  const std::string row = "1,1,1,1,1,1,1,1,1,1,1,1,";
  const auto message = [](const std::string& text) -> std::string {
    try {
      ifs_from_csv(text, "000003.csv");
    } catch (const DataError& error) {
      return error.what();
    }
    return "accepted";
  };
  using Catch::Contains;
  CHECK_THAT(message(""), Contains("'000003.csv' line 1") && Contains("incomplete"));
  CHECK_THAT(message(row + "1\n"), Contains("line 2") && Contains("incomplete"));
  CHECK_THAT(message(row + "0.5\n1,2\n"),
             Contains("line 2") && Contains("13 comma-separated") && Contains("2 found"));
  CHECK_THAT(message(row + "0.5\n" + row + "0.5\n" + row + "0.5\n"), Contains("line 3"));
  CHECK_THAT(message("nan," + row.substr(2) + "0.5\n"), Contains("field 1") && Contains("nan"));
  CHECK_THAT(message(row + "inf\n"), Contains("field 13"));
  CHECK_THAT(message(row + "1e999\n"), Contains("field 13"));
  CHECK_THAT(message(row + "1.5\n"), Contains("line 1") && Contains("1.5, outside 0 to 1"));
  CHECK_THAT(message(row + "-0.1\n"), Contains("outside 0 to 1"));
  CHECK_THAT(message(row + "0.5\n" + row + "0.49\n"), Contains("sum to 0.99"));
  CHECK_THAT(message(row + "0.5000004\n" + row + "0.5000004\n"), Contains("accepted"));
  CHECK_THAT(message(std::string(13, '\0')), Contains("line 1"));
}

TEST_CASE("mutated category files give a category or a DataError and nothing else") {
  std::mt19937_64 random(20240607);
  const std::string alphabet = "0123456789.,-+eE\n\r \tnaif\0x\xff";
  int accepted = 0, refused = 0;
  for (int i = 0; i < fuzz_rounds(20000); ++i) {
    std::string text = to_csv(candidate_ifs(1, random() % 64));
    const auto any = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    for (auto edits = 1 + any(4); edits > 0 && !text.empty(); --edits) switch (any(5)) {
        case 0:
          text[any(text.size())] = static_cast<char>(random());
          break;
        case 1:
          text[any(text.size())] = alphabet[any(alphabet.size())];
          break;
        case 2:
          text.erase(any(text.size()), any(40));
          break;
        case 3:
          text.insert(any(text.size()), text.substr(any(text.size()), any(60)));
          break;
        case 4:
          text.resize(any(text.size()));
          break;
      }
    try {
      const Ifs ifs = ifs_from_csv(text, "fuzz");
      ++accepted;
      for (const AffineMap& map : ifs)
        for (int c = 0; c < 12; ++c) REQUIRE(std::isfinite(coefficient(map, c)));
      REQUIRE(std::abs(ifs[0].probability + ifs[1].probability - 1) <= 1e-6);
    } catch (const DataError&) {
      ++refused;
    }
  }
  CHECK(accepted > 100);
  CHECK(refused > 1000);
}

TEST_CASE("a cloud has a 256th of the volume's voxels as points") {
  CHECK(cloud_points(0) == 1);
  CHECK(cloud_points(2) == 1);
  CHECK(cloud_points(3) == 2);
  CHECK(cloud_points(4) == 16);
  CHECK(cloud_points(7) == 8192);
  CHECK(cloud_points(11) == 33554432);
  CHECK_THROWS_AS(cloud_points(-1), ConfigError);
  CHECK_THROWS_AS(cloud_points(14), ConfigError);
}
