#include <map>

#include "catch.hpp"
#include "fractal_unet/fractal/library.hpp"
#include "plain.hpp"

using namespace scaffold;

TEST_CASE("candidates are tested as the specification says") {
  std::map<Rejection, int> seen;
  for (const std::uint64_t points : {2u, 3u, 64u, 65u, 66u, 1000u, 5000u}) {
    for (const double normalize : {1.0, 0.7}) {
      LibrarySpec spec;
      spec.points = points;
      spec.normalize = normalize;
      spec.seed = 11;
      std::vector<CloudTask> tasks;
      for (std::uint32_t attempt = 0; attempt < 60; ++attempt)
        tasks.push_back(plain::candidate_task(11, attempt));
      const auto candidates = test_candidates(tasks, spec);
      for (std::uint32_t attempt = 0; attempt < 60; ++attempt) {
        const Candidate& candidate = candidates[attempt];
        ++seen[candidate.rejection];
        const plain::Chain chain = plain::chain(tasks[attempt], points);
        REQUIRE((candidate.rejection == Rejection::runaway) == chain.runaway);
        if (chain.runaway) continue;
        const auto variances = plain::variances(chain, normalize);
        bool low = false;
        for (int axis = 0; axis < 3; ++axis) {
          REQUIRE(candidate.variance[axis] == Approx(variances[axis]).epsilon(1e-11));
          low = low || variances[axis] <= spec.variance_threshold;
        }
        REQUIRE(candidate.rejection == (low ? Rejection::low_variance : Rejection::none));
        const Candidate alone = test_candidate(tasks[attempt].ifs, spec, attempt);
        REQUIRE(alone.rejection == candidate.rejection);
        REQUIRE(alone.variance == candidate.variance);
        REQUIRE(alone.extent == candidate.extent);
      }
    }
  }
  CHECK(seen[Rejection::none] > 10);
  CHECK(seen[Rejection::low_variance] > 10);
  CHECK(seen[Rejection::runaway] > 10);
}

TEST_CASE("the mean may be far from the origin") {
  // Extent about 1 around 1e6: the variance keeps ten digits.
  Ifs ifs = plain::gentle();
  for (AffineMap& map : ifs) {
    const std::array<double, 3> far = {1e6, -1e6, 5e5};
    for (int row = 0; row < 3; ++row)  // t + far − A·far moves the attractor by far
      for (int column = 0; column < 3; ++column)
        map.translation[row] += ((row == column) - map.matrix[3 * row + column]) * far[column];
  }
  LibrarySpec spec;
  spec.points = 20000;
  const CloudTask task{ifs, spec.seed, fractal_purpose::category_cloud, 0, 0};
  const auto variances = plain::variances(plain::chain(task, spec.points), 1);
  const Candidate candidate = test_candidate(ifs, spec, 0);
  for (int axis = 0; axis < 3; ++axis)
    CHECK(candidate.variance[axis] == Approx(variances[axis]).epsilon(1e-10));
}

TEST_CASE("flat and non-finite candidates are told apart") {
  LibrarySpec spec;
  spec.points = 1000;
  Ifs flat = plain::gentle();
  for (AffineMap& map : flat) {
    map.translation[2] = 0;
    map.matrix[6] = map.matrix[7] = 0;  // z starts at 0 and stays there
  }
  const Candidate candidate = test_candidate(flat, spec, 0);
  CHECK(candidate.rejection == Rejection::flat);
  CHECK(candidate.extent[2] == 0);
  CHECK(candidate.variance[2] == 0);
  CHECK(candidate.extent[0] > 0.1);
  CHECK(candidate.variance[0] > 0.01);

  Ifs broken{};
  broken[0].probability = 1;
  broken[0].matrix = {1e300, -1e300, 0, 1e300, -1e300, 0, 0, 0, 0};
  broken[0].translation = {1e9, 1e9, 0};  // second point: infinity − infinity
  CHECK(test_candidate(broken, spec, 0).rejection == Rejection::not_finite);
  CHECK(std::string(name(Rejection::not_finite)) == "not finite");

  spec.points = 1;
  CHECK(test_candidate(plain::gentle(), spec, 0).rejection == Rejection::flat);
}
