#include <set>

#include "catch.hpp"
#include "core/error.hpp"
#include "fractal_unet/fractal/instance.hpp"
#include "plain.hpp"

using namespace scaffold;

TEST_CASE("a category has its base and twelve factors for each of twelve coefficients") {
  CHECK(variation(0).coefficient == -1);
  CHECK(variation(0).factor == 1);
  std::set<std::pair<int, int>> seen;
  for (int i = 1; i < 145; ++i) {
    const Variation v = variation(i);
    CHECK(v.coefficient == (i - 1) / 12);
    const int tenths = static_cast<int>(std::lround(v.factor * 10));
    CHECK(v.factor == tenths / 10.0);
    seen.insert({v.coefficient, tenths});
  }
  CHECK(seen.size() == 144);
  for (int c = 0; c < 12; ++c) {
    CHECK(seen.count({c, 4}) == 1);
    CHECK(seen.count({c, 10}) == 0);
    CHECK(seen.count({c, 16}) == 1);
  }
  CHECK_THROWS_AS(variation(-1), DataError);
  CHECK_THROWS_AS(variation(145), DataError);
}

TEST_CASE("instances have names") {
  CHECK(describe(variation(0)) == "base");
  CHECK(describe(variation(1 + 12 * 3 + 3)) == "matrix row 2, column 1 × 0.7");
  CHECK(describe(variation(144)) == "translation z × 1.6");
}

namespace {

/// The request's chain with the deviation pulled in to `share`, after the specification.
plain::Chain varied_chain(const InstanceRequest& request, double share, std::uint64_t seed,
                          std::uint64_t points) {
  Ifs ifs = request.base;
  const Variation v = variation(request.instance);
  if (v.coefficient >= 0)
    for (AffineMap& map : ifs)
      coefficient(map, v.coefficient) *= share == 1 ? v.factor : 1 + (v.factor - 1) * share;
  return plain::chain(
      {ifs, seed, fractal_purpose::instance_cloud, static_cast<std::uint32_t>(request.category),
       static_cast<std::uint32_t>(request.instance)},
      points);
}

bool diverges(const plain::Chain& chain) { return chain.runaway || chain.not_finite; }

/// Doubling along x with a share of the steps, halving with the rest: the larger the factor, the sooner it
/// runs away.
Ifs unsteady(double growth) {
  Ifs ifs = plain::gentle();
  ifs[0].matrix[0] = growth;
  ifs[1].matrix[0] = growth;
  return ifs;
}

}  // namespace

TEST_CASE("instances follow the definition, retries included") {
  const std::uint64_t points = 3000;
  std::vector<InstanceRequest> requests;
  for (int i = 0; i < 145; i += 4) requests.push_back({plain::gentle(), 3, i});
  for (const double growth : {0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.92, 0.94, 0.96, 0.98, 1.0})
    for (const int instance : {7, 8, 9, 10, 11, 12}) requests.push_back({unsteady(growth), 4, instance});
  std::vector<InstanceCloud> clouds;
  for (int round = 0; round < 2; ++round) {  // the second time into used memory
    generate_instances(requests, 42, points, clouds);
    std::set<double> shares;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      double share = 1;
      plain::Chain chain;
      for (const double s : {1.0, 0.5, 0.25, 0.1, 0.0}) {
        share = s;
        chain = varied_chain(requests[i], s, 42, points);
        if (!diverges(chain)) break;
      }
      REQUIRE_FALSE(diverges(chain));
      REQUIRE(clouds[i].deviation == share);
      REQUIRE(clouds[i].cloud.size() == points);
      for (std::size_t p = 0; p < points; ++p) {
        REQUIRE(clouds[i].cloud.x[p] == static_cast<float>(chain.points[p][0]));
        REQUIRE(clouds[i].cloud.z[p] == static_cast<float>(chain.points[p][2]));
      }
      shares.insert(share);
    }
    CHECK(shares == std::set<double>{0, 0.1, 0.25, 0.5, 1});  // every step of the way was taken
  }
}

TEST_CASE("a cloud does not depend on its company") {
  const std::vector<InstanceRequest> requests = {
      {plain::gentle(), 1, 5}, {plain::gentle(), 2, 5}, {plain::gentle(), 1, 6}};
  const auto together = generate_instances(requests, 9, 500);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto alone = generate_instances(std::span(requests).subspan(i, 1), 9, 500);
    CHECK(alone[0].cloud.x == together[i].cloud.x);
  }
  CHECK(together[0].cloud.x != together[1].cloud.x);
  CHECK(generate_instances(requests, 10, 500)[0].cloud.x != together[0].cloud.x);
}

TEST_CASE("a base that diverges is an error that says what to do") {
  const std::vector<InstanceRequest> requests = {{plain::gentle(), 0, 0}, {unsteady(3), 17, 0}};
  CHECK_THROWS_WITH(generate_instances(requests, 42, 2000),
                    Catch::Contains("category 17") && Catch::Contains("generate_fractals"));
}
