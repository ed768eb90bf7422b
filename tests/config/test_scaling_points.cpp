#include "config/scaling_points.hpp"
#include "support.hpp"

using namespace scaffold;
using config_test::message_of;

namespace {

Config with_batch(std::int64_t local, std::int64_t parts = 1) {
  Config config;
  config.local_batch_size = local;
  config.grad_accumulation_steps = parts;
  return config;
}

std::string refusal(const Config& config, ScalingMode mode, const std::string& ranks,
                    const std::vector<std::string>& shards = {}) {
  return message_of([&] { scaling_points(config, mode, ranks, shards); });
}

bool says(const std::string& message, const std::vector<std::string>& words) {
  for (const auto& word : words)
    if (message.find(word) == message.npos) return false;
  return true;
}

}  // namespace

TEST_CASE("strong scaling keeps the global batch without more samples at once than the configuration's") {
  const auto points = scaling_points(with_batch(8), ScalingMode::strong, "alone,1,2,4,8", {});
  REQUIRE(points.size() == 5);
  const std::int64_t local[] = {8, 8, 4, 2, 1};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(points[i].global_batch() == 8);
    CHECK(points[i].local_batch == local[i]);
    CHECK(points[i].accumulation == 1);
  }
  CHECK(!points[0].launched);
  CHECK(points[1].launched);
  // Accumulation goes first: less to compute in turn, as much at once. Fewer ranks than the first add up
  // more.
  const auto parts = scaling_points(with_batch(2, 4), ScalingMode::strong, "2,4,8,16,1", {});
  const std::int64_t at_once[] = {2, 2, 2, 1, 2}, turns[] = {4, 2, 1, 1, 8};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(parts[i].global_batch() == 16);
    CHECK(parts[i].local_batch == at_once[i]);
    CHECK(parts[i].accumulation == turns[i]);
  }
  // 12 samples over 4 replicas are 3 each, of which 2 at once is no divisor.
  const auto odd = scaling_points(with_batch(2, 6), ScalingMode::strong, "1,4", {});
  CHECK(odd[1].local_batch == 1);
  CHECK(odd[1].accumulation == 3);
}

TEST_CASE("weak scaling keeps each replica's batch") {
  const auto points = scaling_points(with_batch(3, 2), ScalingMode::weak, "1,2,4", {"1,1,1 1,1,1", "2,2,1"});
  REQUIRE(points.size() == 3);
  for (const auto& point : points) {
    CHECK(point.local_batch == 3);
    CHECK(point.accumulation == 2);
  }
  CHECK(points[1].global_batch() == 12);
  CHECK(points[2].replicas() == 1);
  CHECK(points[2].global_batch() == 6);
}

TEST_CASE("shards: the configuration's, one for all, or one for each point") {
  Config config = with_batch(2);
  config.dc_num_shards = {1, 2, 1};
  using Shards = std::array<std::int64_t, 3>;
  CHECK(scaling_points(config, ScalingMode::strong, "2,4", {})[1].num_shards == Shards{1, 2, 1});
  CHECK(scaling_points(config, ScalingMode::strong, "2,4", {"1,1,2"})[0].num_shards == Shards{1, 1, 2});
  const auto points = scaling_points(with_batch(1), ScalingMode::strong, "1, 2, 4", {"1,1,1  2,1,1 2,2,1"});
  CHECK(points[2].num_shards == Shards{2, 2, 1});
  // One volume over more ranks: no batch to share.
  for (const auto& point : points) CHECK(point.replicas() == 1);
  CHECK(folder_name(points[2]) == "4-ranks-2x2x1");
  // The same ranks, cut differently, are two points.
  CHECK(scaling_points(with_batch(2), ScalingMode::weak, "2,2", {"1,1,1 2,1,1"}).size() == 2);
}

TEST_CASE("a global batch that does not divide is refused with what would") {
  const std::string two = refusal(with_batch(1), ScalingMode::strong, "1,2");
  INFO(two);
  CHECK(says(two, {"1 sample", "2 replicas", "--ranks 1;", "--local-batch-size 2", "--mode weak"}));
  const std::string three = refusal(with_batch(4), ScalingMode::strong, "1,2,3");
  INFO(three);
  CHECK(says(three, {"4 samples", "3 replicas", "valid are --ranks 1, 2, 4;", "--local-batch-size 6"}));
  const std::string cut = refusal(with_batch(1), ScalingMode::strong, "2,4", {"2,1,1"});
  INFO(cut);
  CHECK(says(cut, {"shards 2,1,1", "--ranks 2;"}));
  // What the message recommends works.
  CHECK(scaling_points(with_batch(6), ScalingMode::strong, "1,2,3", {}).size() == 3);
}

TEST_CASE("odd lists are refused with an example") {
  const Config config = with_batch(8);
  for (const char* ranks : {"", "0", "-1", "two", "1,,2", "1;2", "1.5", "99999999999", "2x", "Alone"})
    CHECK(says(refusal(config, ScalingMode::weak, ranks), {"--ranks", "1,2,4"}));
  for (const char* shards :
       {"2", "2,1", "3,1,1", "0,1,1", "a,b,c", "2,1,1,1", "2x1x1", "-2,1,1", "32768,1,1"})
    CHECK(says(refusal(config, ScalingMode::weak, "2", {shards}), {"--shards", "2,1,1"}));
  CHECK(says(refusal(config, ScalingMode::weak, "1,2,4", {"1,1,1 2,1,1"}), {"2 entries", "3"}));
  CHECK(says(refusal(config, ScalingMode::weak, "3", {"2,1,1"}), {"3 ranks", "multiple of 2"}));
  CHECK(says(refusal(config, ScalingMode::weak, "alone", {"2,1,1"}), {"multiple of 2"}));
  CHECK(says(refusal(config, ScalingMode::weak, "2,2"), {"twice", "--repeat"}));
}
