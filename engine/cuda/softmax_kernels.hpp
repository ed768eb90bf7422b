// Softmax of each voxel's logits with its loss sums, gradient and class counts: a thread a voxel
// (softmax_device.hpp launches them).
#pragma once
#include "cuda/threads.hpp"

namespace scaffold::gpu {

/// Classes whose logits a thread keeps in registers, and whose sums a block makes at a time.
inline constexpr int kept_classes = 8;

/// Where voxels' logits and classes are.
template <class T>
struct Volumes {
  const T* logits;
  std::int64_t sample_stride, voxel_stride, class_stride;
  const std::uint8_t* labels;
  std::int64_t voxels;
  int classes, turns;  ///< voxels of a thread: turns, a block's threads apart

  SCAFFOLD_BOTH const T* at(std::int64_t sample, std::int64_t voxel) const {
    return logits + sample * sample_stride + voxel * voxel_stride;
  }
  /// body(voxel, its class) for a thread's voxels.
  template <int threads, class Body>
  SCAFFOLD_BOTH void each(const Place& place, const Body& body) const {
    const std::int64_t first = static_cast<std::int64_t>(place.x) * turns * threads + place.thread;
    for (int i = 0; i < turns; ++i) {
      const std::int64_t v = first + static_cast<std::int64_t>(i) * threads;
      if (v < voxels) body(v, static_cast<int>(labels[place.z * voxels + v]));
    }
  }
};

/// One voxel's logits: in registers where they are few, else read again.
template <class T, bool few>
struct Voxel {
  const T* from;
  std::int64_t stride;
  int classes;
  float kept[few ? kept_classes : 1];

  SCAFFOLD_BOTH Voxel(const Volumes<T>& volumes, std::int64_t sample, std::int64_t v)
      : from(volumes.at(sample, v)), stride(volumes.class_stride), classes(volumes.classes) {
    if constexpr (few) {
      SCAFFOLD_UNROLL(kept_classes)
      for (int c = 0; c < kept_classes; ++c) kept[c] = c < classes ? number(from[c * stride]) : 0;
    }
  }
  template <class Body>
  SCAFFOLD_BOTH void each(const Body& body) const {
    if constexpr (few) {
      SCAFFOLD_UNROLL(kept_classes)
      for (int c = 0; c < kept_classes; ++c)
        if (c < classes) body(c, kept[c]);
    } else {
      for (int c = 0; c < classes; ++c) body(c, number(from[c * stride]));
    }
  }
  SCAFFOLD_BOTH float operator[](int c) const { return number(from[c * stride]); }
};

struct Softmax {
  float largest = -INFINITY, sum = 0, inverse = 0;
  template <class Voxel>
  SCAFFOLD_BOTH explicit Softmax(const Voxel& voxel) {
    voxel.each([&](int, float z) { largest = z > largest ? z : largest; });
    voxel.each([&](int, float z) { sum += expf(z - largest); });
    inverse = 1 / sum;
  }
  SCAFFOLD_BOTH float operator()(float z) const { return expf(z - largest) * inverse; }
};

/// A piece's sums [N, pieces, 2 + 2·C] (fused/kernels.hpp), kept_classes classes a block. A foreign class
/// makes the first NaN.
template <class T, bool few>
struct SoftmaxSums {
  static constexpr int threads = 256, phases = 3, columns = 2 + 2 * kept_classes;
  using Shared = BlockSums<columns, threads, float>;
  using Local = Nothing;
  Volumes<T> volumes;
  const float* weights;
  double* parts;
  std::int64_t pieces;

  template <int phase>
  SCAFFOLD_BOTH void run(const Place& at, Local&, Shared& shared) const {
    const int first = at.y * kept_classes, classes = volumes.classes;
    if constexpr (phase == 0) {
      float sums[columns] = {};
      volumes.template each<threads>(at, [&](std::int64_t v, int target) {
        const Voxel<T, few> voxel(volumes, at.z, v);
        const Softmax p(voxel);
        const bool foreign = target >= classes;
        const float weight = foreign ? NAN : weights[target];
        sums[0] += weight * (logf(p.sum) + p.largest - (foreign ? 0 : voxel[target]));
        sums[1] += weight;
        SCAFFOLD_UNROLL(kept_classes)
        for (int c = 0; c < kept_classes; ++c) {
          if (first + c >= classes) continue;
          const float share = p(few ? voxel.kept[few ? c : 0] : voxel[first + c]);
          const bool here = target == first + c;
          sums[2 + c] += here ? share : 0;
          sums[2 + kept_classes + c] += here ? share + 1 : share;
        }
      });
      SCAFFOLD_UNROLL(columns)
      for (int i = 0; i < columns; ++i) shared.value[i][at.thread] = sums[i];
    } else if constexpr (phase == 1) {
      shared.first(at.thread);
    } else if (at.thread < columns) {
      const int i = at.thread, c = first + (i - 2) % kept_classes;
      double* part = parts + (at.z * pieces + at.x) * (2 + 2 * classes);
      if (i < 2) {
        if (first == 0) part[i] = shared.second(i);
      } else if (c < classes) {
        part[2 + (i - 2) / kept_classes * classes + c] = shared.second(i);
      }
    }
  }
};

/// dL/dz = w[t]·(p − [t]) · dL/dΣ0 + p · (q − Σ p·q), q = dL/dp = dL/dΣeither + [t] · dL/dΣboth.
template <class T, bool few>
struct SoftmaxGradient {
  static constexpr int threads = 256, phases = 1;
  using Shared = Nothing;
  using Local = Nothing;
  Volumes<T> volumes;
  const float *weights, *of_sums;  ///< of_sums [N, 2 + 2·C]
  T* into;                         ///< in the logits' layout

  template <int phase>
  SCAFFOLD_BOTH void run(const Place& at, Local&, Shared&) const {
    const int classes = volumes.classes;
    const float* of_sample = of_sums + static_cast<std::int64_t>(at.z) * (2 + 2 * classes);
    const float *of_both = of_sample + 2, *of_either = of_both + classes;
    volumes.template each<threads>(at, [&](std::int64_t v, int target) {
      const Voxel<T, few> voxel(volumes, at.z, v);
      const Softmax p(voxel);
      const auto q = [&](int c) { return c == target ? of_either[c] + of_both[c] : of_either[c]; };
      float mean = 0;
      voxel.each([&](int c, float z) { mean = fmaf(p(z), q(c), mean); });
      const float weight = target < classes ? weights[target] * of_sample[0] : NAN;
      T* out = into + (volumes.at(at.z, v) - volumes.logits);
      voxel.each([&](int c, float z) {
        const float share = p(z);
        put(out[c * volumes.class_stride],
            fmaf(weight, c == target ? share - 1 : share, share * (q(c) - mean)));
      });
    });
  }
};

/// counts[t · C + argmax] over all samples, and counts[C²] of foreign classes; the lowest class wins a tie.
template <class T, bool few>
struct Confusion {
  static constexpr int threads = 256, phases = 3, max_cells = 4096;
  struct Shared {
    std::uint32_t count[max_cells];
  };
  using Local = Nothing;
  Volumes<T> volumes;
  std::int64_t* counts;

  template <int phase>
  SCAFFOLD_BOTH void run(const Place& at, Local&, Shared& shared) const {
    const int classes = volumes.classes, cells = classes * classes + 1;
    const bool in_block = cells <= max_cells;
    if constexpr (phase == 1) {
      volumes.template each<threads>(at, [&](std::int64_t v, int target) {
        const Voxel<T, few> voxel(volumes, at.z, v);
        float largest = voxel[0];
        int best = 0;
        voxel.each([&](int c, float z) {
          best = z > largest ? c : best;
          largest = z > largest ? z : largest;
        });
        const int cell = target < classes ? target * classes + best : cells - 1;
        if (in_block)
          add_at(shared.count + cell, 1);
        else
          add_at(counts + cell, 1);
      });
    } else {
      for (int i = at.thread; in_block && i < cells; i += threads) {
        if constexpr (phase == 0)
          shared.count[i] = 0;
        else if (shared.count[i] > 0)
          add_at(counts + i, static_cast<std::int64_t>(shared.count[i]));
      }
    }
  }
};

}  // namespace scaffold::gpu
