// The portable kernel: one double a "vector".
#include <bit>

#include "fractal_unet/fractal/simd_kernel.hpp"

namespace scaffold::simd {
namespace {

struct One {
  using F = double;
  using U = std::uint64_t;
  using M = std::uint64_t;  ///< all ones or all zeros
  static constexpr int lanes = 1;

  static F load(const double* p) { return *p; }
  static U load(const std::uint64_t* p) { return *p; }
  static void store(double* p, F v) { *p = v; }
  static void store(std::uint64_t* p, U v) { *p = v; }
  static F number(double v) { return v; }
  static U word(std::uint64_t v) { return v; }
  static F add(F a, F b) { return a + b; }
  static U add(U a, U b) { return a + b; }
  static F subtract(F a, F b) { return a - b; }
  static F multiply(F a, F b) { return a * b; }
  static U multiply_low(U a, U b) { return (a & 0xFFFFFFFFu) * b; }
  static U high(U a) { return a >> 32; }
  static U low(U a) { return a & 0xFFFFFFFFu; }
  static U exclusive_or(U a, U b) { return a ^ b; }
  static M less(U a, U b) { return std::uint64_t{0} - std::uint64_t{a < b}; }
  static F select(M mask, F a, F b) {
    return std::bit_cast<double>((std::bit_cast<U>(a) & mask) | (std::bit_cast<U>(b) & ~mask));
  }
  static F smaller(F a, F b) { return a < b ? a : b; }
  static F larger(F a, F b) { return a > b ? a : b; }
  static std::uint32_t outside(F low_end, F high_end, double limit) {
    return !(high_end <= limit && low_end >= -limit);
  }
  static void store_rounded(float* p, F v) { *p = static_cast<float>(v); }
  static std::uint32_t transpose(const float* block, int axis, float* (*into)[3]) {
    const auto limit = static_cast<float>(bound);  // exact
    std::uint32_t suspicious = 0;
    for (int point = 0; point < block_points; ++point) {
      const float c = (*into)[axis][point] = block[std::ptrdiff_t{3} * point];
      suspicious |= !(c < limit && c > -limit);
    }
    return suspicious;
  }
};

}  // namespace

const Kernels scalar_kernels = {"scalar", One::lanes, floats<One>, moments<One>};

}  // namespace scaffold::simd
