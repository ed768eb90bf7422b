// Speed of the point iteration: plain scalar loop against lanes, for `scaffold bench fractals`.
#pragma once
#include <cstdint>
#include <string>

namespace scaffold {

struct FractalBenchOptions {
  std::uint64_t points = 8192;  ///< a cloud's points: that of problem scale 7
  int clouds = 64;              ///< clouds a repetition
  int repetitions = 9;          ///< scalar and lanes take turns
  int threads = 0;              ///< for the all-cores figure; 0 = all that this process may use
};

/// Points per second: median over the repetitions, and their extremes.
struct Rate {
  double median = 0, low = 0, high = 0;
};

struct FractalBench {
  FractalBenchOptions options;
  std::string lanes;   ///< "AVX2", …
  Rate scalar, simd;   ///< one core
  double speedup = 0;  ///< median over the repetitions of the ratio within one repetition
  int threads = 1;
  Rate simd_threads;       ///< lanes on `threads` threads
  bool identical = false;  ///< the two gave the same bits
};

FractalBench bench_fractals(const FractalBenchOptions& options = {});
/// A few lines for people.
std::string describe(const FractalBench& bench);

}  // namespace scaffold
