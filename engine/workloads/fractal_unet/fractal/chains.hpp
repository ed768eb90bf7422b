// Private to the room: runs many chains through the vector kernels. A lane whose chain has ended takes the
// next task at once, so candidates that run away after a few points cost a few points.
#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "fractal_unet/fractal/cloud.hpp"
#include "fractal_unet/fractal/simd.hpp"

namespace scaffold {

/// Up to 64 points of one chain in float64, from the scalar arithmetic.
struct ChainBlock {
  std::array<std::array<double, 3>, simd::block_points> points;
  int count = 0;  ///< points made; the last one is at fault where state is not ok
  CloudState state = CloudState::ok;
};
/// Points first … first + count − 1 of a task's chain, from the point before; first − 1 is a multiple of 64.
ChainBlock run_block(const CloudTask& task, std::uint64_t first, int count, std::array<double, 3> before);

/// A lane's share of the block just made.
struct LaneBlock {
  const CloudTask* task;
  std::size_t index;             ///< of the task
  std::uint64_t first;           ///< number of the block's first point
  int valid;                     ///< how many of its 64 points belong to the chain
  std::array<double, 3> before;  ///< the point before the first
};

/// What becomes of the points.
class PointSink {
 public:
  virtual ~PointSink() = default;
  /// A chain begins; its first point is the origin.
  virtual void begin(std::size_t task) = 0;
  /// Advances all lanes by a block with the kernel of choice and returns the kernel's bits.
  virtual std::uint32_t advance(const simd::Kernels& kernels, simd::State& state,
                                std::span<const LaneBlock> blocks) = 0;
  /// The lane's block is sound.
  virtual void accept(const LaneBlock& block, int lane) = 0;
  virtual void finish(std::size_t task, CloudState state) = 0;
};

/// Runs all tasks, `points` ≥ 1 points each, unless they end early.
void run_chains(const simd::Kernels& kernels, std::span<const CloudTask> tasks, std::uint64_t points,
                PointSink& sink);
/// generate_clouds() with kernels of choice (tests, benchmark).
void generate_clouds_with(const simd::Kernels& kernels, std::span<const CloudTask> tasks,
                          std::uint64_t points, std::vector<CloudResult>& results);
/// Sizes a cloud for `points` points, the first of them the origin.
void begin_cloud(Cloud& cloud, std::uint64_t points);

/// A map's choice as an integer test: word·2^-32 < probability exactly when word < the result.
std::uint64_t choice_threshold(double probability);

}  // namespace scaffold
