// Kernels as code for one thread, which a GPU runs in blocks and a plain loop runs on the CPU (Cpu below, for
// tests): one source for both. A kernel is a copyable struct:
//   static constexpr int threads, phases;   // of a block; between phases stands a barrier
//   struct Shared, Local;                   // of a block; of a thread, kept between phases
//   template <int phase> SCAFFOLD_BOTH void run(const Place&, Local&, Shared&) const;
//   SCAFFOLD_BOTH int rounds() const;       // optional: all phases so many times
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "nn/fused/kernels.hpp"

#ifdef __CUDACC__
#include <cuda_bf16.h>
#define SCAFFOLD_BOTH __host__ __device__ inline
#define SCAFFOLD_PRAGMA(text) _Pragma(#text)
#define SCAFFOLD_UNROLL(n) SCAFFOLD_PRAGMA(unroll n)
#else
#define SCAFFOLD_BOTH inline
#define SCAFFOLD_UNROLL(n)
#endif

namespace scaffold::gpu {

using fused::BFloat16;

struct Place {
  int x, y, z;  ///< of the block
  int thread;
};
struct Grid {
  std::int64_t x = 1, y = 1, z = 1;
};
struct Nothing {};

template <class K>
SCAFFOLD_BOTH int rounds_of(const K& kernel) {
  if constexpr (requires { kernel.rounds(); })
    return kernel.rounds();
  else
    return 1;
}

SCAFFOLD_BOTH std::int64_t divided_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

SCAFFOLD_BOTH float number(float v) { return v; }
SCAFFOLD_BOTH float number(BFloat16 v) {
  const std::uint32_t bits = static_cast<std::uint32_t>(v.bits) << 16;
#ifdef __CUDA_ARCH__
  return __uint_as_float(bits);
#else
  float out;
  std::memcpy(&out, &bits, sizeof out);
  return out;
#endif
}
SCAFFOLD_BOTH void put(float& into, float v) { into = v; }
/// To the nearest, to even in the middle; a NaN stays one.
SCAFFOLD_BOTH void put(BFloat16& into, float v) {
#ifdef __CUDA_ARCH__
  into.bits = __bfloat16_as_ushort(__float2bfloat16_rn(v));
#else
  std::uint32_t bits;
  std::memcpy(&bits, &v, sizeof bits);
  into.bits = v == v ? static_cast<std::uint16_t>((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16) : 0x7FC0;
#endif
}

/// Values that one instruction loads: 16 bytes of them, or one.
template <class T, int n>
struct alignas(sizeof(T) * n) Packed {
  T value[n];
};
template <class T>
inline constexpr int widest = 16 / static_cast<int>(sizeof(T));

template <class T, int n>
SCAFFOLD_BOTH void copy_packed(Packed<T, n>* into, const Packed<T, n>* from) {
#ifdef __CUDA_ARCH__
  if constexpr (sizeof(*into) == 16) {
    *reinterpret_cast<uint4*>(into) = *reinterpret_cast<const uint4*>(from);
    return;
  }
#endif
  *into = *from;
}

template <class T, int n>
SCAFFOLD_BOTH void load(const T* from, float (&into)[n]) {
  Packed<T, n> packed;
  copy_packed(&packed, reinterpret_cast<const Packed<T, n>*>(from));
  SCAFFOLD_UNROLL(n)
  for (int i = 0; i < n; ++i) into[i] = number(packed.value[i]);
}
/// To global memory, where nothing of the same kernel reads it again.
template <class T, int n>
SCAFFOLD_BOTH void store(T* into, const float (&values)[n]) {
  Packed<T, n> packed;
  SCAFFOLD_UNROLL(n)
  for (int i = 0; i < n; ++i) put(packed.value[i], values[i]);
#ifdef __CUDA_ARCH__
  if constexpr (sizeof packed == 16) {  // the compiler may take it apart
    uint4 raw;
    memcpy(&raw, &packed, sizeof raw);
    asm volatile("st.global.v4.b32 [%0], {%1, %2, %3, %4};" ::"l"(__cvta_generic_to_global(into)), "r"(raw.x),
                 "r"(raw.y), "r"(raw.z), "r"(raw.w));
    return;
  }
#endif
  copy_packed(reinterpret_cast<Packed<T, n>*>(into), &packed);
}

/// Integers only: the order of threads must not show.
SCAFFOLD_BOTH void add_at(std::uint32_t* where, std::uint32_t v) {
#ifdef __CUDA_ARCH__
  atomicAdd(where, v);
#else
  *where += v;
#endif
}
SCAFFOLD_BOTH void add_at(std::int64_t* where, std::int64_t v) {
#ifdef __CUDA_ARCH__
  atomicAdd(reinterpret_cast<unsigned long long*>(where), static_cast<unsigned long long>(v));
#else
  *where += v;
#endif
}
SCAFFOLD_BOTH void or_at(std::uint32_t* where, std::uint32_t bits) {
#ifdef __CUDA_ARCH__
  atomicOr(where, bits);
#else
  *where |= bits;
#endif
}

/// Sums of `count` columns of numbers that all threads of a block have put into values[column][thread]: in
/// two phases, in one order whatever the hardware does.
template <int count, int all_threads, class From>
struct BlockSums {
  static constexpr int parts = 8;
  static_assert(all_threads % parts == 0);
  From value[count][all_threads];
  double part[count][parts];

  SCAFFOLD_BOTH void first(int thread) {
    for (int job = thread; job < count * parts; job += all_threads) {
      const int column = job / parts, p = job % parts;
      double sum = 0;
      for (int i = p; i < all_threads; i += parts) sum += static_cast<double>(value[column][i]);
      part[column][p] = sum;
    }
  }
  SCAFFOLD_BOTH double second(int column) const {
    double sum = 0;
    for (int p = 0; p < parts; ++p) sum += part[column][p];
    return sum;
  }
};

/// Runs kernels on the CPU, thread by thread. Shared memory starts as NaNs, and `backwards` turns the order
/// of threads round: what depends on either shows in the result.
template <bool backwards>
struct Cpu {
  template <class K>
  static void launch(const Grid& grid, const K& kernel) {
    const auto shared = std::make_unique<typename K::Shared>();
    for (std::int64_t block = 0; block < grid.x * grid.y * grid.z; ++block) {
      std::memset(static_cast<void*>(shared.get()), 0xFF, sizeof(typename K::Shared));
      std::vector<typename K::Local> locals(K::threads);
      const Place at{static_cast<int>(block % grid.x), static_cast<int>(block / grid.x % grid.y),
                     static_cast<int>(block / grid.x / grid.y), 0};
      for (int round = 0; round < rounds_of(kernel); ++round)
        phases(kernel, at, locals.data(), *shared, std::make_integer_sequence<int, K::phases>{});
    }
  }

 private:
  template <class K, int... phase>
  static void phases(const K& kernel, const Place& block, typename K::Local* locals,
                     typename K::Shared& shared, std::integer_sequence<int, phase...>) {
    (all_threads<phase>(kernel, block, locals, shared), ...);
  }
  template <int phase, class K>
  static void all_threads(const K& kernel, Place at, typename K::Local* locals, typename K::Shared& shared) {
    for (int i = 0; i < K::threads; ++i) {
      at.thread = backwards ? K::threads - 1 - i : i;
      kernel.template run<phase>(at, locals[at.thread], shared);
    }
  }
};

}  // namespace scaffold::gpu
