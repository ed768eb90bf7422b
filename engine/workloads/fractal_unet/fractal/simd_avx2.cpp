// Four lanes a vector; more vectors in flight gain nothing, since choosing coefficients is bound by loads.
// Built with -mavx2; reached only where the CPU has it.
#include "fractal_unet/fractal/simd_kernel.hpp"
#include "fractal_unet/fractal/simd_transpose_x86.hpp"

namespace scaffold::simd {
namespace {

struct Avx2 {
  using F = __m256d;
  using U = __m256i;
  using M = __m256d;  ///< sign bits
  static constexpr int lanes = 4;

  static F load(const double* p) { return _mm256_load_pd(p); }
  static U load(const std::uint64_t* p) { return _mm256_load_si256(reinterpret_cast<const __m256i*>(p)); }
  static void store(double* p, F v) { _mm256_store_pd(p, v); }
  static void store(std::uint64_t* p, U v) { _mm256_store_si256(reinterpret_cast<__m256i*>(p), v); }
  static F number(double v) { return _mm256_set1_pd(v); }
  static U word(std::uint64_t v) { return _mm256_set1_epi64x(static_cast<long long>(v)); }
  static F add(F a, F b) { return _mm256_add_pd(a, b); }
  static U add(U a, U b) { return _mm256_add_epi64(a, b); }
  static F subtract(F a, F b) { return _mm256_sub_pd(a, b); }
  static F multiply(F a, F b) { return _mm256_mul_pd(a, b); }
  static U multiply_low(U a, U b) { return _mm256_mul_epu32(a, b); }
  static U high(U a) { return _mm256_srli_epi64(a, 32); }
  static U low(U a) { return _mm256_and_si256(a, _mm256_set1_epi64x(0xFFFFFFFF)); }
  static U exclusive_or(U a, U b) { return _mm256_xor_si256(a, b); }
  /// Both are at most 2^32, so signed comparison will do.
  static M less(U a, U b) { return _mm256_castsi256_pd(_mm256_cmpgt_epi64(b, a)); }
  static F select(M mask, F a, F b) { return _mm256_blendv_pd(b, a, mask); }
  static F smaller(F a, F b) { return _mm256_min_pd(a, b); }
  static F larger(F a, F b) { return _mm256_max_pd(a, b); }
  static std::uint32_t outside(F low_end, F high_end, double limit) {
    const F above = _mm256_cmp_pd(high_end, number(limit), _CMP_NLE_UQ);
    const F below = _mm256_cmp_pd(low_end, number(-limit), _CMP_NGE_UQ);
    return static_cast<std::uint32_t>(_mm256_movemask_pd(_mm256_or_pd(above, below)));
  }
  static void store_rounded(float* p, F v) { _mm_store_ps(p, _mm256_cvtpd_ps(v)); }
  static std::uint32_t transpose(const float* block, int axis, float* (*into)[3]) {
    return transpose_four_lanes<3 * lanes>(block, axis, into);
  }
};

}  // namespace

const Kernels avx2_kernels = {"AVX2", Avx2::lanes, floats<Avx2>, moments<Avx2>};

}  // namespace scaffold::simd
