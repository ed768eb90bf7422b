#include <rapidcheck.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <stdexcept>

#include "bench/harness.hpp"
#include "catch.hpp"
#include "core/error.hpp"

using namespace scaffold;
using namespace scaffold::bench;

namespace {

Limits rounds(int n) {
  Limits limits;
  limits.least = limits.most = n;
  limits.warm_up = 0;
  return limits;
}

Work bytes(double n) {
  Work work;
  work.bytes = n;
  return work;
}

}  // namespace

TEST_CASE("quartiles of a sample lie where a fifth lies among five and between neighbors elsewhere") {
  const Spread five = spread_of({5, 1, 4, 2, 3});
  CHECK(five.low == 2);
  CHECK(five.median == 3);
  CHECK(five.high == 4);
  const Spread two = spread_of({10, 20});
  CHECK(two.low == Approx(12.5));
  CHECK(two.median == Approx(15));
  CHECK(two.high == Approx(17.5));
  CHECK(spread_of({}).median == 0);
}

TEST_CASE("half of any sample lies within its quartiles") {
  CHECK(rc::check([](std::vector<int> numbers) {
    RC_PRE(!numbers.empty());
    const std::vector<double> sample(numbers.begin(), numbers.end());
    const Spread s = spread_of(sample);
    const auto n = static_cast<double>(sample.size());
    const auto count = [&](auto test) { return static_cast<double>(std::ranges::count_if(sample, test)); };
    RC_ASSERT(s.low <= s.median);
    RC_ASSERT(s.median <= s.high);
    RC_ASSERT(count([&](double v) { return v <= s.low; }) >= n / 4);
    RC_ASSERT(count([&](double v) { return v >= s.high; }) >= n / 4);
    RC_ASSERT(count([&](double v) { return v <= s.median; }) >= n / 2);
  }));
}

TEST_CASE("ratios are of the same round, so that a machine that slows down does not change them") {
  // Everything takes ten times as long in the last two rounds; b is always twice as fast.
  const Comparison c = compared("kernel", {}, {{"a", {2, 2, 2, 20, 20}}, {"b", {1, 1, 1, 10, 10}}});
  CHECK(c.rounds == 5);
  CHECK(c.alternatives[0].ratio.median == 1);
  CHECK(c.alternatives[1].ratio.low == 2);
  CHECK(c.alternatives[1].ratio.high == 2);
  CHECK(c.alternatives[1].seconds.median == 1);
  CHECK_THROWS_AS(compared("kernel", {}, {{"a", {1, 2}}, {"b", {1}}}), Error);
  CHECK_THROWS_AS(compared("kernel", {}, {}), Error);
  CHECK_THROWS_AS(compared("kernel", bytes(1), {{"a", {1, 2}}}, {{1}, {}}), Error);
  const Comparison shares = compared("kernel", bytes(8), {{"a", {1, 2, 4}}}, {{16, 8, 4}, {}});
  CHECK(shares.alternatives[0].of_copy.low == 0.5);
  CHECK(shares.alternatives[0].of_copy.high == 0.5);
}

TEST_CASE("alternatives take turns, after rounds that do not count, for as many rounds as are asked for") {
  std::string order;
  const std::vector<Alternative> both{{"a", [&] { order += 'a'; }}, {"b", [&] { order += 'b'; }}};
  Limits limits = rounds(3);
  limits.warm_up = 2;
  CHECK(compare("turns", {}, both, limits).rounds == 3);
  CHECK(order == "ababababab");
  order.clear();
  compare("prepared", {}, {{"a", [&] { order += 'a'; }, [&] { order += '-'; }}, both[1]}, rounds(2));
  CHECK(order == "-ab-ab");
  limits = rounds(7);
  limits.least = 4;
  limits.seconds = 0;  // used up at once
  CHECK(compare("turns", {}, both, limits).rounds == 4);
  limits.seconds = 1e9;
  CHECK(compare("turns", {}, both, limits).rounds == 7);
  CHECK_THROWS_AS(compare("thrown", {}, {{"a", [] { throw std::runtime_error("body"); }}}),
                  std::runtime_error);
}

TEST_CASE("a share of the copy bandwidth is bytes over seconds over what the copy did in that round") {
  // The roof says how long the body will have been thought to take: 1 byte a second for work of `n` bytes.
  int asked = 0;
  Roofs roofs;
  roofs.copy = [&] { return ++asked, 1e12; };
  const Comparison c = compare("copy", bytes(1e12), {{"a", [] {}}}, rounds(5), roofs);
  CHECK(asked == 5);
  CHECK(c.copy.median == 1e12);
  CHECK(c.alternatives[0].of_copy.median == Approx(1 / c.alternatives[0].seconds.median));
  CHECK(c.alternatives[0].of_matmul.median == 0);
  roofs.matmul = [&]() -> double { throw std::runtime_error("no operations, so no peak is measured"); };
  CHECK_NOTHROW(compare("copy", bytes(1), {{"a", [] {}}}, rounds(1), roofs));
}

TEST_CASE("memory is copied at a positive rate by any number of threads") {
  for (const int threads : {0, 1, 3}) CHECK(CopyRoof(threads, 1 << 20)() > 0);
}

TEST_CASE("a report is a table for people and JSON for programs") {
  Report report{"kernels", 2, {{"layer", "norm \xff"}}, {}};
  Work work = bytes(3e9);
  work.items = 5;
  work.item = "samples";
  report.comparisons.push_back(
      compared("forward", work, {{"plain", {0.2, 0.2, 0.2}}, {"größer", {0.1, 0.1, 0.1}}}));
  const std::string text = table(report);
  CHECK_THAT(text, Catch::Contains("layer: norm"));
  CHECK_THAT(text, Catch::Contains("30.00 GB/s"));
  CHECK_THAT(text, Catch::Contains("2.00 (2.00 - 2.00)"));
  CHECK_THAT(text, Catch::Contains("samples/s"));
  CHECK_THAT(text, !Catch::Contains("of copy"));  // was not measured
  const auto read = nlohmann::json::parse(json(report));
  CHECK(read.at("bench") == "kernels");
  CHECK(read.at("threads") == 2);
  const auto& fast = read.at("comparisons").at(0).at("alternatives").at(1);
  CHECK(fast.at("name") == "größer");
  CHECK(fast.at("bytes_per_second").get<double>() == Approx(3e10));
  CHECK(fast.at("items_per_second").get<double>() == Approx(50));
  CHECK(fast.at("ratio").at("median").get<double>() == 2);
  CHECK_FALSE(fast.contains("share_of_copy"));
}

TEST_CASE("times are written with three digits") {
  CHECK(short_seconds(1.234) == "1.23 s");
  CHECK(short_seconds(0.01234) == "12.3 ms");
  CHECK(short_seconds(0.0001234) == "123 us");
  CHECK(short_seconds(2e-9) == "2.00 ns");
  CHECK(short_seconds(0) == "0.00 ns");
}
