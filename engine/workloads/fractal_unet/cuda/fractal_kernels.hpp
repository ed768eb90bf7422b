// Clouds of iterated function systems and the voxels that they occupy: the bits of
// fractal_unet/fractal/cloud.cpp and fractal_unet/fractal/voxelize.cpp. A chain is one thread's, since each
// point needs the last; so many clouds are made at once, a block of 32 chains at a time. float64 without
// fused multiply-add, as on the CPU.
#pragma once
#include "cuda/threads.hpp"
#include "fractal_unet/network/device_fractals.hpp"

namespace scaffold::gpu {

SCAFFOLD_BOTH double times(double a, double b) {
#ifdef __CUDA_ARCH__
  return __dmul_rn(a, b);
#else
  return a * b;
#endif
}
SCAFFOLD_BOTH double plus(double a, double b) {
#ifdef __CUDA_ARCH__
  return __dadd_rn(a, b);
#else
  return a + b;
#endif
}
SCAFFOLD_BOTH float rounded(double v) {
#ifdef __CUDA_ARCH__
  return __double2float_rn(v);
#else
  return static_cast<float>(v);
#endif
}

/// Philox4x32-10 as in core/philox.hpp, one block.
SCAFFOLD_BOTH void random_words(const FractalJob& job, std::uint32_t block, std::uint32_t (&c)[4]) {
  c[0] = block, c[1] = job.purpose, c[2] = job.a, c[3] = job.b;
  auto k0 = static_cast<std::uint32_t>(job.seed), k1 = static_cast<std::uint32_t>(job.seed >> 32);
  SCAFFOLD_UNROLL(10)
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * c[0], p1 = std::uint64_t{0xCD9E8D57u} * c[2];
    c[0] = static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k0;
    c[1] = static_cast<std::uint32_t>(p1);
    c[2] = static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k1;
    c[3] = static_cast<std::uint32_t>(p0);
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
}

/// What a chain leaves beside its points.
struct ChainEnd {
  float low[3], high[3];
  FractalState state;
};

/// All chains' points: cloud [job][axis][point], in rounds of 32 points that leave through shared memory, so
/// that they are written in whole lines.
struct Chains {
  static constexpr int threads = 32, phases = 2, batch = 32;
  static constexpr double bound = 1e10;
  struct Shared {
    float point[3][threads][batch + 1];
  };
  struct Local {
    double position[3] = {};
    float low[3] = {}, high[3] = {};  // the first point is the origin
    FractalState state = FractalState::ok;
    int round = 0;
  };
  const FractalJob* jobs;
  int count;
  std::int64_t points;
  float* cloud;
  ChainEnd* ends;

  SCAFFOLD_BOTH int rounds() const {
    return points > 1 ? static_cast<int>(divided_up(points - 1, batch)) : 1;
  }
  /// As state_of() of fractal_unet/fractal/cloud.cpp.
  SCAFFOLD_BOTH static FractalState state_of(const double (&p)[3]) {
    if (fabs(p[0]) <= bound && fabs(p[1]) <= bound && fabs(p[2]) <= bound) return FractalState::ok;
    const bool away = fabs(p[0]) > bound || fabs(p[1]) > bound || fabs(p[2]) > bound;
    return away ? FractalState::runaway : FractalState::not_finite;
  }
  SCAFFOLD_BOTH static void move(const FractalJob& job, std::uint32_t word, double (&p)[3]) {
    const double* m = job.coefficient[word < job.threshold ? 0 : 1];
    const double x = p[0], y = p[1], z = p[2];
    SCAFFOLD_UNROLL(3)
    for (int r = 0; r < 3; ++r)
      p[r] = plus(plus(plus(times(m[3 * r], x), times(m[3 * r + 1], y)), times(m[3 * r + 2], z)), m[9 + r]);
  }

  template <int phase>
  SCAFFOLD_BOTH void run(const Place& at, Local& local, Shared& shared) const {
    const int first = at.x * threads, job = first + at.thread;
    if constexpr (phase == 0) {
      if (job < count) {
        advance(jobs[job], at.thread, local, shared);
        if (local.round + 1 == rounds())
          ends[job] = {{local.low[0], local.low[1], local.low[2]},
                       {local.high[0], local.high[1], local.high[2]},
                       local.state};
      }
      ++local.round;
    } else {
      const std::int64_t point = 1 + static_cast<std::int64_t>(local.round - 1) * batch + at.thread;
      for (int chain = 0; chain < threads && first + chain < count; ++chain)
        for (int axis = 0; axis < 3; ++axis) {
          float* into = cloud + (static_cast<std::int64_t>(first + chain) * 3 + axis) * points;
          if (local.round == 1 && at.thread == 0) into[0] = 0;
          if (point < points) into[point] = shared.point[axis][chain][at.thread];
        }
    }
  }

 private:
  /// A round's points, as long as they are sound; what stands after an unsound one is of no use to anyone.
  SCAFFOLD_BOTH void advance(const FractalJob& job, int chain, Local& local, Shared& shared) const {
    const std::int64_t first = 1 + static_cast<std::int64_t>(local.round) * batch;
    const std::int64_t left = points - first;
    std::uint32_t words[4];
    for (int four = 0; four < batch / 4; ++four) {
      random_words(job, static_cast<std::uint32_t>(local.round * (batch / 4) + four), words);
      SCAFFOLD_UNROLL(4)
      for (int i = 0; i < 4; ++i) {
        const int point = 4 * four + i;
        if (point >= left || local.state != FractalState::ok) continue;
        move(job, words[i], local.position);
        local.state = state_of(local.position);
        SCAFFOLD_UNROLL(3)
        for (int axis = 0; axis < 3; ++axis) {
          const float v = rounded(local.position[axis]);
          shared.point[axis][chain][point] = v;
          local.low[axis] = v < local.low[axis] ? v : local.low[axis];
          local.high[axis] = v > local.high[axis] ? v : local.high[axis];
        }
      }
    }
  }
};

/// Coordinate to voxel along the three axes: fractal_unet/fractal/voxelize.cpp.
struct VoxelGrid {
  double low[3], offset[3], voxel;
  std::int64_t edge;

  SCAFFOLD_BOTH VoxelGrid(const ChainEnd& end, std::int64_t given_edge) : edge(given_edge) {
    double largest = 0, extent[3];
    for (int a = 0; a < 3; ++a) {
      low[a] = static_cast<double>(end.low[a]);
      extent[a] = static_cast<double>(end.high[a]) - low[a];
      largest = extent[a] > largest ? extent[a] : largest;
    }
    voxel = (largest + 1e-6) / static_cast<double>(edge);
    for (int a = 0; a < 3; ++a) offset[a] = (static_cast<double>(edge) - extent[a] / voxel) / 2;
  }
  SCAFFOLD_BOTH std::int64_t along(int axis, float coordinate) const {
    const double position = plus((static_cast<double>(coordinate) - low[axis]) / voxel, offset[axis]);
    if (!(position > 0)) return 0;
    const std::int64_t last = edge - 1;
    return position >= static_cast<double>(last) ? last : static_cast<std::int64_t>(position);
  }
};

/// A bit a voxel: bitmap [job][edge³ / 32], zeros before.
struct MarkVoxels {
  static constexpr int threads = 256, phases = 1;
  using Shared = Nothing;
  using Local = Nothing;
  const float* cloud;
  const ChainEnd* ends;
  std::int64_t points, edge, words;
  std::uint32_t* bitmap;

  template <int phase>
  SCAFFOLD_BOTH void run(const Place& at, Local&, Shared&) const {
    const std::int64_t i = static_cast<std::int64_t>(at.x) * threads + at.thread;
    const ChainEnd& end = ends[at.y];
    if (i >= points || end.state != FractalState::ok) return;
    const VoxelGrid grid(end, edge);
    const float* axes = cloud + static_cast<std::int64_t>(at.y) * 3 * points + i;
    const std::int64_t d = grid.along(0, axes[0]), h = grid.along(1, axes[points]),
                       w = grid.along(2, axes[2 * points]), voxel = (d * edge + h) * edge + w;
    or_at(bitmap + at.y * words + voxel / 32, std::uint32_t{1} << (voxel % 32));
  }
};

}  // namespace scaffold::gpu
