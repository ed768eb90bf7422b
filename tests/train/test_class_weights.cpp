
#include "catch.hpp"
#include "fractal_unet/network/class_weights.hpp"

using namespace scaffold;

TEST_CASE("the sampled masks are evenly spaced from the first to the last") {
  // s = ceil(0.1 * 168) = 17; floor(i * 167 / 16), worked out by hand.
  CHECK(sampled_positions(168, 0.1) ==
        std::vector<std::int64_t>{0, 10, 20, 31, 41, 52, 62, 73, 83, 93, 104, 114, 125, 135, 146, 156, 167});
  CHECK(sampled_positions(5, 1.0) == std::vector<std::int64_t>{0, 1, 2, 3, 4});
  CHECK(sampled_positions(5, 0.01) == std::vector<std::int64_t>{0});
  CHECK(sampled_positions(0, 0.5).empty());
}

TEST_CASE("weights are inverse shares, the same for every foreground class") {
  CHECK(class_weights(75, 25, 4) == std::vector<float>{4.0F / 3, 4, 4, 4});
  CHECK(class_weights(100, 0, 3) == std::vector<float>{1, 1, 1});
}
