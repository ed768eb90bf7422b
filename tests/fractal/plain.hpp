// The definitions of the specification once more, written as plainly as can be and sharing nothing with the
// room but the random stream: what the tests compare with.
#pragma once
#include <array>
#include <cmath>
#include <vector>

#include "fractal_unet/fractal/cloud.hpp"
#include "fractal_unet/fractal/library.hpp"

namespace plain {

struct Chain {
  std::vector<std::array<double, 3>> points;
  bool runaway = false, not_finite = false;
};

inline Chain chain(const scaffold::CloudTask& task, std::uint64_t points) {
  Chain out;
  scaffold::Stream stream(task.seed, task.purpose, task.a, task.b);
  std::array<double, 3> at{};
  out.points.push_back(at);
  while (out.points.size() < points) {
    const double u = stream() / 4294967296.0;
    const scaffold::AffineMap& map = u < task.ifs[0].probability ? task.ifs[0] : task.ifs[1];
    std::array<double, 3> next{};
    for (int row = 0; row < 3; ++row) {
      const double ax = map.matrix[3 * row] * at[0], by = map.matrix[3 * row + 1] * at[1];
      const double cz = map.matrix[3 * row + 2] * at[2];
      next[row] = ((ax + by) + cz) + map.translation[row];
    }
    at = next;
    out.points.push_back(at);
    for (double c : at) out.runaway = out.runaway || std::fabs(c) > 1e10;
    for (double c : at) out.not_finite = out.not_finite || std::isnan(c);
    if (out.runaway || out.not_finite) break;
  }
  return out;
}

/// Population variance after centering and scaling, in extended precision.
inline std::array<double, 3> variances(const Chain& chain, double normalize) {
  std::array<double, 3> out{};
  for (int axis = 0; axis < 3; ++axis) {
    long double sum = 0, squares = 0, low = 1e30L, high = -1e30L;
    for (const auto& p : chain.points) {
      sum += p[axis];
      low = std::min<long double>(low, p[axis]);
      high = std::max<long double>(high, p[axis]);
    }
    const long double mean = sum / chain.points.size(), scale = 2 * normalize / (high - low);
    for (const auto& p : chain.points) squares += (p[axis] - mean) * scale * ((p[axis] - mean) * scale);
    out[axis] = static_cast<double>(squares / chain.points.size());
  }
  return out;
}

inline scaffold::CloudTask candidate_task(std::uint64_t seed, std::uint32_t attempt) {
  return {scaffold::candidate_ifs(seed, attempt), seed, scaffold::fractal_purpose::category_cloud, attempt,
          0};
}

/// A contraction towards two points: bounded, and spread along every axis.
inline scaffold::Ifs gentle() {
  scaffold::Ifs ifs{};
  ifs[0] = {{0.5, 0.1, 0, 0, 0.5, 0.2, 0.1, 0, 0.5}, {0.3, -0.2, 0.4}, 0};
  ifs[1] = {{0.6, -0.2, 0.1, 0.3, 0.4, 0, 0, 0.2, -0.6}, {-0.5, 0.6, -0.1}, 0};
  scaffold::set_probabilities(ifs);
  return ifs;
}

}  // namespace plain
