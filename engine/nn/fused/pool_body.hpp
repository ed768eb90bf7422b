// 2³ maximum pooling of channels-last rows; see kernels.hpp.
#pragma once
#include "nn/fused/vector.hpp"

namespace scaffold::fused {
namespace {

/// ATen's rule: the first maximum wins, and a NaN beats all.
inline I beats(F v, F best) { return (v > best) | (v != v); }

template <class T>
void pool(const T* const (&in)[4], std::int64_t in_stride, std::int64_t out_width, std::int64_t channels,
          T* out) {
  for (std::int64_t w = 0; w < out_width; ++w, out += channels)
    each_pair(channels, [&](std::int64_t c, auto n) {
      Pair best = load_pair(in[0] + 2 * w * in_stride + c, n);
      for (int i = 1; i < 8; ++i) {
        const Pair v = load_pair(in[i / 2] + (2 * w + i % 2) * in_stride + c, n);
        best.first = beats(v.first, best.first) ? v.first : best.first;
        best.second = beats(v.second, best.second) ? v.second : best.second;
      }
      store_pair(out + c, best, n);
    });
}

/// The maximum so far of a window, and which of its voxels that was.
struct Maximum {
  F best;
  I where;
  void meet(F v, int voxel) {
    const I more = beats(v, best);
    best = more ? v : best;
    where = more ? I{} + voxel : where;
  }
};

template <class T>
void pool_gradient(const T* const (&in)[4], std::int64_t in_stride, const T* grad, const T* const (&skip)[4],
                   std::int64_t skip_stride, std::int64_t out_width, std::int64_t channels,
                   T* const (&into)[4]) {
  for (std::int64_t w = 0; w < out_width; ++w, grad += channels)
    each_pair(channels, [&](std::int64_t c, auto n) {
      const Pair start = load_pair(in[0] + 2 * w * in_stride + c, n);
      Maximum first{start.first, {}}, second{start.second, {}};
      for (int i = 1; i < 8; ++i) {
        const Pair v = load_pair(in[i / 2] + (2 * w + i % 2) * in_stride + c, n);
        first.meet(v.first, i);
        second.meet(v.second, i);
      }
      const Pair g = load_pair(grad + c, n);
      for (int i = 0; i < 8; ++i) {
        Pair v{first.where == i ? g.first : F{}, second.where == i ? g.second : F{}};
        if (skip[0]) {
          const Pair more = load_pair(skip[i / 2] + (2 * w + i % 2) * skip_stride + c, n);
          v.first += more.first;
          v.second += more.second;
        }
        store_pair(into[i / 2] + (2 * w + i % 2) * channels + c, v, n);
      }
    });
}

template <class T>
constexpr PoolKernels<T> pool_kernels = {pool<T>, pool_gradient<T>};

}  // namespace
}  // namespace scaffold::fused
