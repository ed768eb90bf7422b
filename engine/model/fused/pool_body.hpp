// 2³ maximum pooling of channels-last rows; see kernels.hpp.
#pragma once
#include "model/fused/vector.hpp"

namespace scaffold::fused {
namespace {

/// ATen's rule: the first maximum wins, and a NaN beats all.
inline I beats(F v, F best) { return (v > best) | (v != v); }

template <class T>
void pool(const T* const (&in)[4], std::int64_t in_stride, std::int64_t out_width, std::int64_t channels,
          T* out) {
  for (std::int64_t w = 0; w < out_width; ++w, out += channels)
    for (std::int64_t c = 0; c < channels; c += width) {
      F best = load(in[0] + 2 * w * in_stride + c, channels - c);
      for (int i = 1; i < 8; ++i) {
        const F v = load(in[i / 2] + (2 * w + i % 2) * in_stride + c, channels - c);
        best = beats(v, best) ? v : best;
      }
      store(out + c, best, channels - c);
    }
}

template <class T>
void pool_gradient(const T* const (&in)[4], std::int64_t in_stride, const T* grad, const T* const (&skip)[4],
                   std::int64_t skip_stride, std::int64_t out_width, std::int64_t channels,
                   T* const (&into)[4]) {
  for (std::int64_t w = 0; w < out_width; ++w, grad += channels)
    for (std::int64_t c = 0; c < channels; c += width) {
      const std::int64_t n = channels - c;
      F best = load(in[0] + 2 * w * in_stride + c, n);
      I where{};
      for (int i = 1; i < 8; ++i) {
        const F v = load(in[i / 2] + (2 * w + i % 2) * in_stride + c, n);
        const I more = beats(v, best);
        best = more ? v : best;
        where = more ? I{} + i : where;
      }
      const F g = load(grad + c, n);
      for (int i = 0; i < 8; ++i) {
        F v = where == i ? g : F{};
        if (skip[0]) v += load(skip[i / 2] + (2 * w + i % 2) * skip_stride + c, n);
        store(into[i / 2] + (2 * w + i % 2) * channels + c, v, n);
      }
    }
}

template <class T>
constexpr PoolKernels<T> pool_kernels = {pool<T>, pool_gradient<T>};

}  // namespace
}  // namespace scaffold::fused
