// A vector of `width` floats in the compiler's own notation, which every instruction set takes. Everything
// has internal linkage, and nothing of the standard library's code is used (kernels.hpp says why).
#pragma once
#include "nn/fused/kernels.hpp"

namespace scaffold::fused {
namespace {

constexpr int width = SCAFFOLD_KERNEL_WIDTH;
using F = float __attribute__((vector_size(4 * width)));
using I = std::int32_t __attribute__((vector_size(4 * width)));
using U = std::uint32_t __attribute__((vector_size(4 * width)));
using H = std::uint16_t __attribute__((vector_size(2 * width)));

inline F number(float x) { return x - F{}; }

inline F widen(H h) { return reinterpret_cast<F>(__builtin_convertvector(h, U) << 16); }
/// The upper halves are the nearest bfloat16, to even in the middle; a NaN stays one.
inline U round_upper(F v) {
  const U bits = reinterpret_cast<U>(v);
  return (bits + 0x7FFFu + ((bits >> 16) & 1u)) | reinterpret_cast<U>(v != v);
}
inline H narrow(F v) { return __builtin_convertvector(round_upper(v) >> 16, H); }

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

/// In place of a count: all of them.
struct Whole {};

/// 2 · width values as two vectors: of float32 one after the other; of bfloat16, of which two share a word,
/// the even and the odd ones, since nothing has to be moved for these.
struct Pair {
  F first, second;
};
inline constexpr std::int64_t pair_width = 2 * width;

inline Pair load_pair(const float* p) { return {load(p), load(p + width)}; }
inline Pair load_pair(const BFloat16* p) {
  U words;
  __builtin_memcpy(&words, p, sizeof words);
  return {reinterpret_cast<F>(words << 16), reinterpret_cast<F>(words & 0xFFFF0000u)};
}
inline void store_pair(float* p, Pair v) {
  store(p, v.first);
  store(p + width, v.second);
}
/// The upper half of each word of `high`, and below it that of `low`.
inline U upper_halves(U low, U high) {
  using Halves = std::uint16_t __attribute__((vector_size(4 * width)));
  Halves odd{};
  for (int i = 1; i < pair_width; i += 2) odd[i] = 0xFFFF;
  const Halves a = reinterpret_cast<Halves>(low >> 16), b = reinterpret_cast<Halves>(high);
  return reinterpret_cast<U>(odd ? b : a);
}
inline void store_pair(BFloat16* p, Pair v) {
  const U words = upper_halves(round_upper(v.first), round_upper(v.second));
  __builtin_memcpy(p, &words, sizeof words);
}
template <class T>
inline Pair load_pair(const T* p, Whole) {
  return load_pair(p);
}
template <class T>
inline void store_pair(T* p, Pair v, Whole) {
  store_pair(p, v);
}
/// The first n values; the others are 0.
template <class T>
inline Pair load_pair(const T* p, std::int64_t n) {
  T part[pair_width] = {};
  for (std::int64_t i = 0; i < n; ++i) part[i] = p[i];
  return load_pair(part);
}
template <class T>
inline void store_pair(T* p, Pair v, std::int64_t n) {
  T part[pair_width];
  store_pair(part, v);
  for (std::int64_t i = 0; i < n; ++i) p[i] = part[i];
}
/// body(first, Whole or count) for each pair of n values.
template <class Body>
inline void each_pair(std::int64_t n, const Body& body) {
  std::int64_t i = 0;
  for (; i + pair_width <= n; i += pair_width) body(i, Whole{});
  if (i < n) body(i, n - i);
}

/// float32 values of some channels, in the order in which pairs of T have them.
template <class T>
struct Columns {
  static constexpr std::int64_t most = 256;
  alignas(64) float values[most] = {};

  Columns() = default;
  Columns(const float* from, std::int64_t n) {
    for (std::int64_t c = 0; c < n; ++c) values[place(c)] = from[c];
  }
  Pair at(std::int64_t c) const { return {load(values + c), load(values + c + width)}; }
  void set(std::int64_t c, Pair v) {
    store(values + c, v.first);
    store(values + c + width, v.second);
  }
  float operator[](std::int64_t channel) const { return values[place(channel)]; }
  float& operator[](std::int64_t channel) { return values[place(channel)]; }

 private:
  static std::int64_t place(std::int64_t c) {
    if constexpr (sizeof(T) == 4) return c;
    return c / pair_width * pair_width + c % 2 * width + c % pair_width / 2;
  }
};

/// max(0, v); a NaN stays one.
inline F rectified(F v) {
#if defined(__AVX512F__) && SCAFFOLD_KERNEL_WIDTH == 16 && !defined(__clang__)
  return __builtin_ia32_maxps512_mask(F{}, v, F{}, -1, 4);  // g++ 12 would make two instructions of it
#elif defined(__AVX2__) && SCAFFOLD_KERNEL_WIDTH == 8
  return __builtin_ia32_maxps256(F{}, v);
#else
  return v < F{} ? F{} : v;
#endif
}

inline float total(F v) {
  float sum = 0;
  for (int i = 0; i < width; ++i) sum += v[i];
  return sum;
}

inline std::int64_t smaller(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

}  // namespace
}  // namespace scaffold::fused
