// Speed of the point iteration for `scaffold bench fractals`: the plain scalar loop against lanes, and lanes
// on growing numbers of threads.
#pragma once
#include <cstdint>

#include "bench/harness.hpp"

namespace scaffold {

struct FractalBenchOptions {
  std::uint64_t points = 8192;  ///< a cloud's points: that of problem scale 7
  int clouds = 64;              ///< clouds a round
  int threads = 0;              ///< the most of them; 0 = all that this process may use
  bench::Limits limits = {};
};

/// ConfigError when there is nothing to measure. One of the facts says whether lanes and loop gave the same
/// bits.
bench::Report bench_fractals(const FractalBenchOptions& options = {});

}  // namespace scaffold
