// Point clouds of iterated function systems: the inner loop of data generation.
// One chain is bound by latency, so independent clouds advance side by side in SIMD lanes. Each coordinate is
// ((a·x + b·y) + c·z) + t in float64 without fused multiply-add, so every lane width gives the same bits.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/philox.hpp"
#include "fractal_unet/fractal/ifs.hpp"
#include "fractal_unet/purposes.hpp"

namespace scaffold {

/// Coordinates rounded to float32, one array an axis (x, y, z index D, H, W). 12 bytes a point.
struct Cloud {
  std::vector<float> x, y, z;
  std::size_t size() const { return x.size(); }
};

/// The first offending point decides. runaway: a coordinate's magnitude exceeds 1e10 (infinity included);
/// not_finite: none does, but one is NaN.
enum class CloudState { ok, runaway, not_finite };

/// One chain to run: map 0 is chosen for point i (i ≥ 1) when word i−1 of the stream, times 2^-32, is below
/// probability 0; point 0 is the origin.
struct CloudTask {
  Ifs ifs;
  std::uint64_t seed;
  Purpose purpose;
  std::uint32_t a = 0, b = 0;  ///< the stream's indices (attempt; or category and instance)
};

struct CloudResult {
  Cloud cloud;  ///< empty unless state is ok
  CloudState state = CloudState::ok;
};

/// Runs all tasks, `points` points each, in the widest lanes this CPU has: 4 tasks at once fill AVX2, 8 fill
/// AVX-512. Memory: tasks.size() · points · 12 bytes.
std::vector<CloudResult> generate_clouds(std::span<const CloudTask> tasks, std::uint64_t points);
/// The same into results that may hold earlier clouds, whose memory is used again (fresh pages cost as much
/// as the points do).
void generate_clouds(std::span<const CloudTask> tasks, std::uint64_t points,
                     std::vector<CloudResult>& results);
/// The same by a plain scalar loop: the reference that the lanes must equal bit for bit.
CloudResult generate_cloud_scalar(const CloudTask& task, std::uint64_t points);
void generate_cloud_scalar(const CloudTask& task, std::uint64_t points, CloudResult& result);
/// "AVX-512", "AVX2" or "scalar": what generate_clouds uses here.
const char* cloud_lanes();

}  // namespace scaffold
