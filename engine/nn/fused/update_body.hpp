// The optimizer's arithmetic on flat arrays; see kernels.hpp.
#pragma once
#include "nn/fused/vector.hpp"

namespace scaffold::fused {
namespace {

double sum_of_squares(const float* x, std::int64_t n) {
  constexpr std::int64_t block = 64 * 4 * width;
  double all = 0;
  for (std::int64_t begin = 0; begin < n; begin += block) {
    F sum[4] = {};
    const std::int64_t end = smaller(begin + block, n);
    for (std::int64_t i = begin; i < end; i += 4 * width)
      for (int u = 0; u < 4; ++u) {
        const std::int64_t left = end - i - u * width;
        if (left <= 0) break;
        const F v = load(x + i + u * width, left);
        sum[u] += v * v;
      }
    all += total((sum[0] + sum[1]) + (sum[2] + sum[3]));
  }
  return all;
}

inline F square_root(F v) {
  F root;
  for (int i = 0; i < width; ++i) root[i] = __builtin_sqrtf(v[i]);
  return root;
}

void adam(float* parameter, const float* gradient, float* mean, float* square, std::int64_t n,
          const AdamConstants& k) {
  for (std::int64_t i = 0; i < n; i += width) {
    const std::int64_t left = n - i;
    const F g = load(gradient + i, left) * k.gradient_scale;
    F m = load(mean + i, left), s = load(square + i, left);
    m += (g - m) * k.one_minus_beta1;
    s = s * k.beta2 + g * g * k.one_minus_beta2;
    store(mean + i, m, left);
    store(square + i, s, left);
    const F denominator = square_root(s) * k.inverse_root_correction2 + k.epsilon;
    store(parameter + i, load(parameter + i, left) - m * k.step_size / denominator, left);
  }
}

}  // namespace
}  // namespace scaffold::fused
