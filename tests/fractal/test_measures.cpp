// Dimensions against sets whose dimension is known; the other measures against the definitions written
// plainly.
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "catch.hpp"
#include "core/error.hpp"
#include "fractal_unet/fractal/measures.hpp"
#include "plain.hpp"

using namespace scaffold;

namespace {

Cloud uniform(int axes, std::size_t points) {
  Stream stream(7, fractal_purpose::instance_cloud, static_cast<std::uint32_t>(axes));
  Cloud cloud;
  for (std::size_t i = 0; i < points; ++i) {
    const double x = stream.uniform(), y = stream.uniform(), z = stream.uniform();
    cloud.x.push_back(static_cast<float>(x));
    cloud.y.push_back(axes > 1 ? static_cast<float>(y) : 0.25f);
    cloud.z.push_back(axes > 2 ? static_cast<float>(z) : -3.f);
  }
  return cloud;
}

/// Two maps of the x, y plane, z → (a + ib)·z + c, or of its conjugate; both chosen half of the time.
struct PlaneMap {
  double a, b, cx, cy;
  bool conjugate = false;
};
Cloud attractor(const PlaneMap& first, const PlaneMap& second, std::uint64_t points) {
  Ifs ifs{};
  std::size_t i = 0;
  for (const PlaneMap& m : {first, second}) {
    const double sign = m.conjugate ? -1 : 1;
    ifs[i++] = {{m.a, -m.b * sign, 0, m.b, m.a * sign, 0, 0, 0, 0}, {m.cx, m.cy, 0}, 0.5};
  }
  return generate_cloud_scalar({ifs, 42, fractal_purpose::instance_cloud, 1, 2}, points).cloud;
}

/// Similarity dimension of two maps of ratio r (Hutchinson 1981; the open set condition holds).
double similarity(double r) { return std::log(2) / std::log(1 / r); }

Cloud any_cloud() {
  const auto points = *rc::gen::inRange<std::size_t>(300, 3000);
  CloudTask task{plain::gentle(), *rc::gen::arbitrary<std::uint64_t>(), fractal_purpose::instance_cloud, 0,
                 0};
  return generate_cloud_scalar(task, points).cloud;
}

}  // namespace

TEST_CASE("a line, a square and a cube have dimensions 1, 2 and 3") {
  for (const std::size_t points : {1024u, 8192u, 65536u})
    for (int axes = 1; axes <= 3; ++axes) {
      INFO(points << " points, " << axes << " axes");
      CHECK(box_dimension(uniform(axes, points)).value() == Approx(axes).margin(0.04));
    }
}

TEST_CASE("self-similar sets of two maps have the similarity dimension") {
  // Steps of two do not match the ratios, so counts swing about the line: hence 0.06.
  for (const double r : {0.5, 1.0 / 3, 0.25, 0.4}) {
    INFO("Cantor set of ratio " << r);
    CHECK(box_dimension(attractor({r, 0, 0, 0}, {r, 0, 1 - r, 0}, 8192)).value() ==
          Approx(similarity(r)).margin(0.06));
  }
  const double third = std::sqrt(3.0) / 6;
  CHECK(box_dimension(attractor({0.5, third, 0, 0, true}, {0.5, -third, 0.5, third, true}, 65536)).value() ==
        Approx(similarity(1 / std::sqrt(3.0))).margin(0.06));  // the Koch curve
  // A rectangle 1 : sqrt 2 in two halves.
  const double half = std::sqrt(0.5);
  CHECK(box_dimension(attractor({0, half, half, 0}, {0, half, 2 * half, 0}, 65536)).value() ==
        Approx(2).margin(0.06));
  // The twin dragon's border is a fractal too, and still counts at sizes that 65 536 points resolve.
  CHECK(box_dimension(attractor({0.5, 0.5, 0, 0}, {0.5, 0.5, 0.5, -0.5}, 65536)).value() ==
        Approx(2).margin(0.25));
}

TEST_CASE("dimensions that cannot be told are not told") {
  CHECK(!box_dimension({}));
  CHECK(!box_dimension(uniform(3, 16)));
  CHECK(box_dimension(Cloud{{1, 1}, {2, 2}, {3, 3}}) == 0.0);
  Cloud wild = uniform(3, 100);
  wild.x[3] = INFINITY;
  CHECK(!box_dimension(wild));
}

TEST_CASE("dimension does not depend on order, place, size or which axis is which") {
  CHECK(rc::check([] {
    const Cloud cloud = any_cloud();
    const double expected = box_dimension(cloud).value();
    Cloud other{cloud.z, cloud.x, cloud.y};
    for (auto* values : {&other.x, &other.y, &other.z}) {
      std::reverse(values->begin(), values->end());
      for (float& v : *values) v *= 0.25f;  // exact in float32
    }
    RC_ASSERT(std::abs(box_dimension(other).value() - expected) < 1e-12);
    // Moving rounds coordinates, which may move a point into the next box.
    for (float& v : other.y) v += 3;
    RC_ASSERT(std::abs(box_dimension(other).value() - expected) < 0.02);
    RC_ASSERT(expected > 0 && expected < 3.01);
  }));
}

TEST_CASE("variance and extent are those that a candidate is tested by") {
  CHECK(rc::check([] {
    const CloudTask task{plain::gentle(), *rc::gen::arbitrary<std::uint64_t>(),
                         fractal_purpose::instance_cloud, 3, 4};
    const auto points = *rc::gen::inRange<std::uint64_t>(2, 2000);
    const double normalize = *rc::gen::inRange(1, 40) * 0.1;
    const auto measures = measure(generate_cloud_scalar(task, points).cloud, 64, normalize);
    const auto expected = plain::variances(plain::chain(task, points), normalize);
    for (std::size_t a = 0; a < 3; ++a)
      RC_ASSERT(std::abs(measures.variance[a] - expected[a]) < 1e-5 * normalize * normalize);
  }));
}

TEST_CASE("occupancy counts distinct voxels") {
  CHECK(rc::check([] {
    const Cloud cloud = any_cloud();
    const auto measures = measure(cloud, 64);
    const double extent = *std::max_element(measures.extent.begin(), measures.extent.end());
    const double size = (extent + 1e-6) / 64;
    const std::array<float, 3> low{*std::min_element(cloud.x.begin(), cloud.x.end()),
                                   *std::min_element(cloud.y.begin(), cloud.y.end()),
                                   *std::min_element(cloud.z.begin(), cloud.z.end())};
    std::set<std::array<int, 3>> voxels;
    for (std::size_t i = 0; i < cloud.size(); ++i) {
      const std::array<float, 3> at{cloud.x[i], cloud.y[i], cloud.z[i]};
      std::array<int, 3> voxel{};
      for (std::size_t a = 0; a < 3; ++a)
        voxel[a] = std::clamp(
            static_cast<int>(std::floor((static_cast<double>(at[a]) - static_cast<double>(low[a])) / size +
                                        (64 - measures.extent[a] / size) / 2)),
            0, 63);
      voxels.insert(voxel);
    }
    RC_ASSERT(measures.voxels == voxels.size());
    RC_ASSERT(measures.distinct == static_cast<double>(voxels.size()) / static_cast<double>(cloud.size()));
    RC_ASSERT(measures.occupancy == static_cast<double>(voxels.size()) / (64.0 * 64 * 64));
  }));
}

TEST_CASE("a flat cloud has no variance along its flat axis; none is no cloud") {
  const auto measures = measure(uniform(2, 500), 32);
  CHECK(measures.variance[2] == 0);
  CHECK(measures.extent[2] == 0);
  CHECK(measures.variance[0] == Approx(1.0 / 3).margin(0.03));
  CHECK_THROWS_AS(measure({}, 32), DataError);
}

TEST_CASE("the determinant is the change of volume; a cube has its points' edge") {
  CHECK(determinant({{2, 0, 0, 0, 3, 0, 0, 0, -1}, {}, 0}) == -6);
  CHECK(determinant({{0, -1, 0, 1, 0, 0, 0, 0, 1}, {5, 6, 7}, 0}) == 1);
  CHECK(determinant({{1, 2, 3, 2, 4, 6, 0, 1, 0}, {}, 0}) == 0);
  for (int scale = 4; scale <= 13; ++scale) CHECK(cube_edge(cloud_points(scale)) == std::int64_t{1} << scale);
}
