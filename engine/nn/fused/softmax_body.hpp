// Softmax of a few classes with its loss sums and gradient; see kernels.hpp. Voxels are taken `width` at a
// time, a class a vector, whatever the layout in memory.
#pragma once
#include "nn/fused/vector.hpp"

namespace scaffold::fused {
namespace {

/// e^x for x ≤ 0, relative error below 2e-7 (Cephes' expf); 0 below the normal numbers, NaN for NaN.
inline F exponential(F x) {
  const F low = number(-87.3f), bounded = x < low ? low : x;
  const F scaled = bounded * 1.44269504088896341f - 0.5f;  // x ≤ 0: truncation rounds to the nearest
  const I whole = __builtin_convertvector(scaled, I);
  const F n = __builtin_convertvector(whole, F);
  const F r = (bounded - n * 0.693359375f) + n * 2.12194440e-4f;
  F p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  const F power = reinterpret_cast<F>((whole + 127) << 23);
  return x < low ? F{} : p * power;
}

/// ln x for normal x > 0, relative error below 2e-7 (Cephes' logf); NaN for NaN.
inline F logarithm(F x) {
  const I bits = reinterpret_cast<I>(x);
  I exponent = (bits >> 23) - 126;
  F m = reinterpret_cast<F>((bits & 0x007FFFFF) | 0x3F000000);  // in [0.5, 1)
  const I below = m < 0.707106781186547524f;
  exponent += below;  // −1 where below
  m = (below ? m + m : m) - 1.0f;
  const F z = m * m, e = __builtin_convertvector(exponent, F);
  F p = m * 7.0376836292e-2f - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  p = p * m * z - e * 2.12194440e-4f - z * 0.5f;
  return x == x ? m + p + e * 0.693359375f : x;
}

inline float as_float(float v) { return v; }
inline float as_float(BFloat16 v) {
  return __builtin_bit_cast(float, static_cast<std::uint32_t>(v.bits) << 16);
}

/// Logits of up to `width` voxels, a class a vector. Missing voxels are 0.
template <class T>
struct Block {
  F z[max_classes];
  float raw[max_classes][width];
  I target;

  void read(const Logits<const T>& logits, const std::uint8_t* labels, std::int64_t first, std::int64_t n,
            int classes) {
    const T* in = logits.data + first * logits.voxel_stride;
    if (n == width && logits.voxel_stride == 1) {
      for (int c = 0; c < classes; ++c) z[c] = load(in + c * logits.class_stride);
    } else {
      for (int c = 0; c < classes; ++c) {
        for (std::int64_t v = 0; v < n; ++v)
          raw[c][v] = as_float(in[v * logits.voxel_stride + c * logits.class_stride]);
        for (std::int64_t v = n; v < width; ++v) raw[c][v] = 0;
        z[c] = load(raw[c]);
      }
    }
    for (int v = 0; v < width; ++v) target[v] = v < n ? labels[first + v] : 0;
  }
  bool foreign(int classes) const {
    const I beyond = target >= classes;
    std::int32_t any = 0;
    for (int v = 0; v < width; ++v) any |= beyond[v];
    return any != 0;
  }
};

/// z becomes softmax; `log_sum` is ln Σ e^(z − max), `largest` the maximum.
template <class T>
inline void softmax(Block<T>& block, int classes, F& largest, F& sum) {
  largest = block.z[0];
  for (int c = 1; c < classes; ++c) largest = block.z[c] > largest ? block.z[c] : largest;
  sum = F{};
  for (int c = 0; c < classes; ++c) {
    block.z[c] = exponential(block.z[c] - largest);
    sum += block.z[c];
  }
  const F inverse = 1.0f / sum;
  for (int c = 0; c < classes; ++c) block.z[c] *= inverse;
}

template <class T>
bool softmax_sums(Logits<const T> logits, const std::uint8_t* labels, std::int64_t voxels, int classes,
                  const float* weights, double* sums) {
  constexpr std::int64_t block_voxels = 64 * width;  // in float32 before they are added up in float64
  for (int i = 0; i < 2 + 2 * classes; ++i) sums[i] = 0;
  Block<T> block;
  for (std::int64_t begin = 0; begin < voxels; begin += block_voxels) {
    const std::int64_t end = smaller(begin + block_voxels, voxels);
    F cross{}, weight_sum{}, both[max_classes] = {}, either[max_classes] = {};
    for (std::int64_t first = begin; first < end; first += width) {
      const std::int64_t n = smaller(width, end - first);
      block.read(logits, labels, first, n, classes);
      if (block.foreign(classes)) return false;
      F at_target{}, weight{};
      I present;
      for (int v = 0; v < width; ++v) present[v] = v < n ? -1 : 0;
      for (int c = 0; c < classes; ++c) {
        const I here = (block.target == c) & present;
        at_target = here ? block.z[c] : at_target;
        weight = here ? number(weights[c]) : weight;
      }
      F largest, sum;
      softmax(block, classes, largest, sum);
      cross += weight * (logarithm(sum) + largest - at_target);
      weight_sum += weight;
      for (int c = 0; c < classes; ++c) {
        const I here = (block.target == c) & present;
        const F p = present ? block.z[c] : F{};
        both[c] += here ? p : F{};
        either[c] += here ? p + 1.0f : p;
      }
    }
    sums[0] += total(cross);
    sums[1] += total(weight_sum);
    for (int c = 0; c < classes; ++c) {
      sums[2 + c] += total(both[c]);
      sums[2 + classes + c] += total(either[c]);
    }
  }
  return true;
}

/// dL/dz = w[t]·(p − [t]) · dL/dΣ0 + p · (q − Σ p·q), q = dL/dp = dL/dΣeither + [t] · dL/dΣboth.
template <class T>
void softmax_gradient(Logits<const T> logits, const std::uint8_t* labels, std::int64_t voxels, int classes,
                      const float* weights, const float* of_sums, Logits<T> into) {
  Block<T> block;
  for (std::int64_t first = 0; first < voxels; first += width) {
    const std::int64_t n = smaller(width, voxels - first);
    block.read(logits, labels, first, n, classes);
    F largest, sum, weight{}, mean{};
    softmax(block, classes, largest, sum);
    for (int c = 0; c < classes; ++c) {
      const I here = block.target == c;
      weight = here ? number(weights[c] * of_sums[0]) : weight;
      mean += block.z[c] *
              (here ? number(of_sums[2 + classes + c] + of_sums[2 + c]) : number(of_sums[2 + classes + c]));
    }
    T* out = into.data + first * into.voxel_stride;
    for (int c = 0; c < classes; ++c) {
      const I here = block.target == c;
      const F p = block.z[c];
      const F q = here ? number(of_sums[2 + classes + c] + of_sums[2 + c]) : number(of_sums[2 + classes + c]);
      const F g = weight * (here ? p - 1.0f : p) + p * (q - mean);
      T part[width];
      store(part, g);
      if (n == width && into.voxel_stride == 1)
        store(out + c * into.class_stride, g);
      else
        for (std::int64_t v = 0; v < n; ++v) out[v * into.voxel_stride + c * into.class_stride] = part[v];
    }
  }
}

template <class T>
bool softmax_confusion(Logits<const T> logits, const std::uint8_t* labels, std::int64_t voxels, int classes,
                       std::int64_t* counts) {
  Block<T> block;
  for (std::int64_t first = 0; first < voxels; first += width) {
    const std::int64_t n = smaller(width, voxels - first);
    block.read(logits, labels, first, n, classes);
    if (block.foreign(classes)) return false;
    F largest = block.z[0];
    I best{};
    for (int c = 1; c < classes; ++c) {
      const I more = block.z[c] > largest;
      largest = more ? block.z[c] : largest;
      best = more ? I{} + c : best;
    }
    for (std::int64_t v = 0; v < n; ++v) ++counts[block.target[v] * classes + best[v]];
  }
  return true;
}

template <class T>
constexpr SoftmaxKernels<T> softmax_kernels = {softmax_sums<T>, softmax_gradient<T>, softmax_confusion<T>};

}  // namespace
}  // namespace scaffold::fused
