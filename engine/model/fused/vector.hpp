// A vector of `width` floats in the compiler's own notation, which every instruction set takes. Everything
// has internal linkage, and nothing of the standard library's code is used (kernels.hpp says why).
#pragma once
#include "model/fused/kernels.hpp"

namespace scaffold::fused {
namespace {

constexpr int width = SCAFFOLD_KERNEL_WIDTH;
using F = float __attribute__((vector_size(4 * width)));
using I = std::int32_t __attribute__((vector_size(4 * width)));
using U = std::uint32_t __attribute__((vector_size(4 * width)));
using H = std::uint16_t __attribute__((vector_size(2 * width)));

inline F number(float x) { return x - F{}; }

inline F widen(H h) { return reinterpret_cast<F>(__builtin_convertvector(h, U) << 16); }
/// Rounds to the nearest bfloat16, to even in the middle; a NaN stays one.
inline H narrow(F v) {
  const U bits = reinterpret_cast<U>(v);
  const U rounded = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
  return __builtin_convertvector(v == v ? rounded : U{} + 0x7FC0u, H);
}

inline F load(const float* p) {
  F v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
inline F load(const BFloat16* p) {
  H h;
  __builtin_memcpy(&h, p, sizeof h);
  return widen(h);
}
inline void store(float* p, F v) { __builtin_memcpy(p, &v, sizeof v); }
inline void store(BFloat16* p, F v) {
  const H h = narrow(v);
  __builtin_memcpy(p, &h, sizeof h);
}

inline float number_of(float x) { return x; }
inline float number_of(BFloat16 x) {
  const std::uint32_t bits = static_cast<std::uint32_t>(x.bits) << 16;
  return __builtin_bit_cast(float, bits);
}

/// The first n (at most `width`) values; the others are 0.
template <class T>
inline F load(const T* p, std::int64_t n) {
  if (n >= width) return load(p);
  T part[width] = {};
  for (std::int64_t i = 0; i < n; ++i) part[i] = p[i];
  return load(part);
}
template <class T>
inline void store(T* p, F v, std::int64_t n) {
  if (n >= width) return store(p, v);
  T part[width];
  store(part, v);
  for (std::int64_t i = 0; i < n; ++i) p[i] = part[i];
}

/// In place of a count: all of a vector.
struct Whole {};
template <class T>
inline F load(const T* p, Whole) {
  return load(p);
}
template <class T>
inline void store(T* p, F v, Whole) {
  store(p, v);
}
/// body(first, Whole or count) for each vector of n values.
template <class Body>
inline void each_vector(std::int64_t n, const Body& body) {
  std::int64_t i = 0;
  for (; i + width <= n; i += width) body(i, Whole{});
  if (i < n) body(i, n - i);
}

inline float total(F v) {
  float sum = 0;
  for (int i = 0; i < width; ++i) sum += v[i];
  return sum;
}

inline std::int64_t smaller(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

}  // namespace
}  // namespace scaffold::fused
