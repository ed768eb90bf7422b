// Transposing four lanes of rounded coordinates with AVX; shared by the two x86 kernels.
#pragma once
#include <immintrin.h>

#include "fractal_unet/fractal/simd.hpp"

namespace scaffold::simd {
namespace {

/// `block` holds four lanes at each of 64 points, `stride` floats apart; into[lane][axis] gets the lane's 64.
/// Returns the lanes with a magnitude of 1e10 or more, or NaN: the bound is exact in float32 and rounding is
/// monotone, so a coordinate beyond it is never missed; one just below may be reported, which costs a closer
/// look.
template <int stride>
inline std::uint32_t transpose_four_lanes(const float* block, int axis, float* (*into)[3]) {
  const __m256 magnitude = _mm256_castsi256_ps(_mm256_set1_epi32(0x7FFFFFFF));
  __m256 largest = _mm256_setzero_ps();
  for (int point = 0; point < block_points; point += 8) {
    __m256 rows[4];  // points i and i + 4, four lanes each
    for (int i = 0; i < 4; ++i) {
      const float* row = block + std::ptrdiff_t{point + i} * stride;
      rows[i] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_load_ps(row)),
                                     _mm_load_ps(row + std::ptrdiff_t{4} * stride), 1);
      // Gives the second operand where one is NaN: a chain that turned NaN stays so and is seen at the end.
      largest = _mm256_max_ps(largest, _mm256_and_ps(rows[i], magnitude));
    }
    const __m256 a = _mm256_unpacklo_ps(rows[0], rows[1]), b = _mm256_unpackhi_ps(rows[0], rows[1]);
    const __m256 c = _mm256_unpacklo_ps(rows[2], rows[3]), d = _mm256_unpackhi_ps(rows[2], rows[3]);
    _mm256_storeu_ps(into[0][axis] + point, _mm256_shuffle_ps(a, c, 0x44));
    _mm256_storeu_ps(into[1][axis] + point, _mm256_shuffle_ps(a, c, 0xEE));
    _mm256_storeu_ps(into[2][axis] + point, _mm256_shuffle_ps(b, d, 0x44));
    _mm256_storeu_ps(into[3][axis] + point, _mm256_shuffle_ps(b, d, 0xEE));
  }
  const __m256 limit = _mm256_set1_ps(static_cast<float>(bound));
  const int beyond = _mm256_movemask_ps(_mm256_cmp_ps(largest, limit, _CMP_NLT_UQ));
  return static_cast<std::uint32_t>((beyond | beyond >> 4) & 15);
}

}  // namespace
}  // namespace scaffold::simd
