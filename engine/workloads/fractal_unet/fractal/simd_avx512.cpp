// Eight lanes a vector. Built with -mavx512f -mavx512dq; reached only where the CPU has both.
#include "fractal_unet/fractal/simd_kernel.hpp"
#include "fractal_unet/fractal/simd_transpose_x86.hpp"

namespace scaffold::simd {
namespace {

struct Avx512 {
  using F = __m512d;
  using U = __m512i;
  using M = __mmask8;
  static constexpr int lanes = 8;

  static F load(const double* p) { return _mm512_load_pd(p); }
  static U load(const std::uint64_t* p) { return _mm512_load_si512(p); }
  static void store(double* p, F v) { _mm512_store_pd(p, v); }
  static void store(std::uint64_t* p, U v) { _mm512_store_si512(p, v); }
  static F number(double v) { return _mm512_set1_pd(v); }
  static U word(std::uint64_t v) { return _mm512_set1_epi64(static_cast<long long>(v)); }
  static F add(F a, F b) { return _mm512_add_pd(a, b); }
  static U add(U a, U b) { return _mm512_add_epi64(a, b); }
  static F subtract(F a, F b) { return _mm512_sub_pd(a, b); }
  static F multiply(F a, F b) { return _mm512_mul_pd(a, b); }
  static U multiply_low(U a, U b) { return _mm512_mul_epu32(a, b); }
  static U high(U a) { return _mm512_srli_epi64(a, 32); }
  static U low(U a) { return _mm512_and_si512(a, _mm512_set1_epi64(0xFFFFFFFF)); }
  static U exclusive_or(U a, U b) { return _mm512_xor_si512(a, b); }
  static M less(U a, U b) { return _mm512_cmplt_epu64_mask(a, b); }
  static F select(M mask, F a, F b) { return _mm512_mask_blend_pd(mask, b, a); }
  static F smaller(F a, F b) { return _mm512_min_pd(a, b); }
  static F larger(F a, F b) { return _mm512_max_pd(a, b); }
  static std::uint32_t outside(F low_end, F high_end, double limit) {
    return static_cast<std::uint32_t>(_mm512_cmp_pd_mask(high_end, number(limit), _CMP_NLE_UQ) |
                                      _mm512_cmp_pd_mask(low_end, number(-limit), _CMP_NGE_UQ));
  }
  static void store_rounded(float* p, F v) { _mm256_store_ps(p, _mm512_cvtpd_ps(v)); }
  static std::uint32_t transpose(const float* block, int axis, float* (*into)[3]) {
    return transpose_four_lanes<3 * lanes>(block, axis, into) |
           transpose_four_lanes<3 * lanes>(block + 4, axis, into + 4) << 4;
  }
};

}  // namespace

const Kernels avx512_kernels = {"AVX-512", Avx512::lanes, floats<Avx512>, moments<Avx512>};

}  // namespace scaffold::simd
