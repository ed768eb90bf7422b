#include <rapidcheck.h>
#include <cmath>

#include "catch.hpp"
#include "core/counted.hpp"
#include "core/text.hpp"

using namespace scaffold;

TEST_CASE("shortest decimals read back as the same double") {
  CHECK(shortest(0.1) == "0.1");
  CHECK(shortest(0.15) == "0.15");
  CHECK(rc::check([](double value) {
    RC_PRE(std::isfinite(value));
    double back = 0;
    RC_ASSERT(parse_double(shortest(value), back));
    RC_ASSERT(back == value);
  }));
}

TEST_CASE("numbers with anything around them are refused") {
  double d = 0;
  std::int64_t i = 0;
  for (const char* text : {"", "1x", "0x10", "nan", "inf", "1e999", "1,2", "--1", "+-1", "+"})
    CHECK_FALSE(parse_double(text, d));
  for (const char* text : {"", "1.5", "9999999999999999999", "1 2", "abc", "+-5"})
    CHECK_FALSE(parse_int(text, i));
  CHECK(parse_double(" +2.5 ", d));
  CHECK(d == 2.5);
  CHECK(parse_int("-7", i));
  CHECK(i == -7);
}

TEST_CASE("the nearest name is suggested, and nothing when nothing is near") {
  const std::vector<std::string> names = {"problem_scale", "n_categories", "epochs"};
  CHECK(nearest("problem_scal", names) == "problem_scale");
  CHECK(nearest("epoch", names) == "epochs");
  CHECK(nearest("zzzzzzzzzzzz", names).empty());
}

TEST_CASE("sizes and times read well") {
  CHECK(human_bytes(1536.0) == "1.50 KiB");
  CHECK(human_bytes(12) == "12 B");
  CHECK(human_seconds(3723) == "1 h 02 m");
  CHECK(human_seconds(59.94) == "59.9 s");
  CHECK(human_seconds(200) == "3 m 20 s");
  CHECK(padded(42, 6) == "000042");
}

TEST_CASE("one thing is one, more are many") {
  CHECK(counted(1, "voxel") == "1 voxel");
  CHECK(counted(0, "voxel") == "0 voxels");
  CHECK(counted(std::size_t{2}, "category", "categories") == "2 categories");
}
