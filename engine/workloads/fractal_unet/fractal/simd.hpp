// Private to the room: the vector kernels behind generate_clouds() and test_candidates(). They are compiled
// once an instruction set and see plain arrays alone, so that no inline function of the library is ever built
// for a CPU that may not be there.
#pragma once
#include <cstdint>

namespace scaffold::simd {

inline constexpr int max_lanes = 8;      ///< row length of every array below
inline constexpr int block_points = 64;  ///< points that one call makes for each lane
inline constexpr double bound = 1e10;    ///< a coordinate of larger magnitude is a runaway

/// Chains side by side: entry [·][lane]. An idle lane holds zeros.
struct alignas(64) State {
  double coefficient[2][12][max_lanes];
  double position[3][max_lanes];
  std::uint64_t threshold[max_lanes];   ///< map 0 where word < threshold, 0 … 2^32
  std::uint64_t counter[4][max_lanes];  ///< Philox counter, one 32-bit word an entry
  std::uint64_t key[10][2][max_lanes];  ///< Philox round keys
};

/// Of one block, [axis][lane]: extremes, mean = (sum in order of the points) / 64, squares = Σ(coordinate −
/// mean)² in order of the points.
struct alignas(64) Moments {
  double low[3][max_lanes], high[3][max_lanes], mean[3][max_lanes], squares[3][max_lanes];
};

/// Both functions advance all lanes by a block, and return a bit for each lane that may have left [−1e10,
/// 1e10] or the finite numbers within it: to be looked at point by point.
struct Kernels {
  const char* name;
  int lanes;
  /// Coordinates rounded to float32; those of a lane and axis go to into[lane][axis][0 … 63].
  std::uint32_t (*floats)(State& state, float* (*into)[3]);
  std::uint32_t (*moments)(State& state, Moments& into);
};

extern const Kernels scalar_kernels;
extern const Kernels avx2_kernels;
extern const Kernels avx512_kernels;

/// The widest that this CPU runs.
const Kernels& best();
/// All that this CPU runs, narrowest first (tests, benchmark); returns how many.
int available(const Kernels* (&into)[3]);

}  // namespace scaffold::simd
