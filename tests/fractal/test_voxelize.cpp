#include <rapidcheck.h>
#include <algorithm>
#include <limits>
#include <random>
#include <set>

#include "catch.hpp"
#include "core/error.hpp"
#include "fractal_unet/fractal/voxelize.hpp"
#include "plain.hpp"

using namespace scaffold;

namespace {

/// The formula point by point, into an ordered set.
std::set<std::uint64_t> by_formula(const Cloud& cloud, std::int64_t edge) {
  const std::vector<float>* axes[3] = {&cloud.x, &cloud.y, &cloud.z};
  double low[3], high[3], largest = 0;
  for (int a = 0; a < 3; ++a) {
    low[a] = *std::min_element(axes[a]->begin(), axes[a]->end());
    high[a] = *std::max_element(axes[a]->begin(), axes[a]->end());
    largest = std::max(largest, high[a] - low[a]);
  }
  const double size = (largest + 1e-6) / static_cast<double>(edge);
  std::set<std::uint64_t> out;
  for (std::size_t i = 0; i < cloud.size(); ++i) {
    std::uint64_t index = 0;
    for (int a = 0; a < 3; ++a) {
      const double span = (high[a] - low[a]) / size;
      const double at = std::floor(((*axes[a])[i] - low[a]) / size + (static_cast<double>(edge) - span) / 2);
      index = index * static_cast<std::uint64_t>(edge) +
              static_cast<std::uint64_t>(std::min(std::max(at, 0.0), static_cast<double>(edge - 1)));
    }
    out.insert(index);
  }
  return out;
}

void check(const Cloud& cloud, std::int64_t edge) {
  const auto voxels = occupied_voxels(cloud, edge);
  const auto wanted = by_formula(cloud, edge);
  RC_ASSERT(voxels == std::vector<std::uint64_t>(wanted.begin(), wanted.end()));
}

}  // namespace

TEST_CASE("occupied voxels are those of the formula, ascending and once each") {
  CHECK(rc::check("random clouds", [] {
    const auto points = *rc::gen::inRange<std::size_t>(1, 400);
    const double scale = *rc::gen::element(1e-8, 1e-3, 1.0, 50.0, 1e10);
    std::mt19937 random(*rc::gen::arbitrary<std::uint32_t>());
    Cloud cloud;
    for (auto* axis : {&cloud.x, &cloud.y, &cloud.z}) {
      const int distinct = *rc::gen::element(1, 3, 1000);  // planes, lines and points among them
      for (std::size_t i = 0; i < points; ++i)
        axis->push_back(
            static_cast<float>(scale * std::uniform_int_distribution<>(-distinct, distinct)(random) / 7));
    }
    for (const std::int64_t edge : {1, 2, 3, 8, 31, 32, 64, 100, 1000, 65536, 65537, 2097152})
      check(cloud, edge);
  }));
}

TEST_CASE("a fractal's voxels are those of the formula") {
  const CloudTask task{plain::gentle(), 42, fractal_purpose::instance_cloud, 0, 0};
  for (const auto& [points, edge] : {std::pair{16, 16}, {128, 32}, {8192, 128}, {60000, 20}, {60000, 250}}) {
    const Cloud cloud = generate_cloud_scalar(task, points).cloud;
    const auto wanted = by_formula(cloud, edge);
    const auto voxels = occupied_voxels(cloud, edge);
    CHECK(voxels == std::vector<std::uint64_t>(wanted.begin(), wanted.end()));
    CHECK(voxels.size() > 10);
  }
}

TEST_CASE("a lone point falls in the middle and a far corner is clipped") {
  CHECK(occupied_voxels({{5}, {5}, {5}}, 8) == std::vector<std::uint64_t>{(4 * 8 + 4) * 8 + 4});
  // Along the longest axis the points span almost all of the edge: its ends are the first and the last voxel.
  const auto voxels = occupied_voxels({{0, 1}, {0, 0}, {0, 0}}, 4);
  CHECK(voxels == std::vector<std::uint64_t>{2 * 4 + 2, (3 * 4 + 2) * 4 + 2});
}

TEST_CASE("what cannot be voxels is refused") {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    CHECK_THROWS_AS(occupied_voxels({{0, bad}, {0, 0}, {0, 0}}, 8), DataError);
    CHECK_THROWS_AS(occupied_voxels({{0, 0}, {bad, 0}, {0, 0}}, 8), DataError);
    CHECK_THROWS_WITH(occupied_voxels({{0, 0}, {0, 0}, {0, bad}}, 8), Catch::Contains("z coordinates"));
  }
  CHECK_THROWS_AS(occupied_voxels({{0}, {0}, {0}}, 0), DataError);
  CHECK_THROWS_AS(occupied_voxels({{0}, {0}, {0}}, 2097153), DataError);
  CHECK_THROWS_AS(occupied_voxels({{0, 1}, {0}, {0}}, 8), DataError);
  CHECK(occupied_voxels({}, 8).empty());
}
