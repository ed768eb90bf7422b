// The 3³ convolution of an image of few channels in channels-last; see kernels.hpp. Along W the taps and
// channels of a voxel are neighbors in memory: 9 values a row, which each output multiplies by 9 weights.
#pragma once
#include "nn/fused/vector.hpp"

namespace scaffold::fused {
namespace {

constexpr int row_taps = 3 * image_channels;
constexpr int image_voxels = width == 16 ? 12 : 6;  // whose sums stay in registers

/// The 9 input rows that row (d, h) of outputs reads, as float32 with zeros around them.
template <class T>
inline void image_rows(const T* x, const CubicShape& s, std::int64_t row, std::int64_t length, float* into) {
  const std::int64_t d = row / s.outputs(1), h = row % s.outputs(1);
  for (int r = 0; r < 9; ++r, into += length) {
    const std::int64_t xd = d + r / 3 - s.padding[0], xh = h + r % 3 - s.padding[1];
    const bool inside = xd >= 0 && xd < s.depth && xh >= 0 && xh < s.height;
    const std::int64_t before = s.padding[2] * image_channels, values = inside ? s.width * image_channels : 0;
    for (std::int64_t i = 0; i < length; ++i) into[i] = 0;
    const T* from = x + (xd * s.height + xh) * s.width * image_channels;
    for (std::int64_t i = 0; i < values; ++i) into[before + i] = number_of(from[i]);
  }
}

template <class T>
void image_convolve(const T* x, const CubicShape& s, std::int64_t first, std::int64_t rows,
                    const float* weights, std::int64_t outputs, float* scratch, T* y) {
  const std::int64_t length = image_scratch(s) / 9, wide = s.outputs(2);
  for (std::int64_t row = first; row < first + rows; ++row) {
    image_rows(x, s, row, length, scratch);
    for (std::int64_t w = 0; w < wide; w += image_voxels)
      for (std::int64_t o = 0; o < outputs; o += 2 * width) {
        F sum[image_voxels][2] = {};
        const float* weight = weights + o;
        for (int r = 0; r < 9; ++r)
          for (int k = 0; k < row_taps; ++k, weight += outputs) {
            const F low = load(weight), high = load(weight + width);
            const float* value = scratch + r * length + w * image_channels + k;
            for (int i = 0; i < image_voxels; ++i) {
              const F v = number(value[i * image_channels]);
              sum[i][0] += v * low;
              sum[i][1] += v * high;
            }
          }
        T* to = y + (row * wide + w) * outputs + o;
        const int here = static_cast<int>(smaller(image_voxels, wide - w));
        for (int i = 0; i < image_voxels; ++i)
          if (i < here) {
            store(to + i * outputs, sum[i][0]);
            store(to + i * outputs + width, sum[i][1]);
          }
      }
  }
}

template <class T>
void image_weight_gradient(const T* x, const CubicShape& s, std::int64_t first, std::int64_t rows,
                           const T* grad, std::int64_t grad_stride, std::int64_t outputs, float* scratch,
                           float* into) {
  const std::int64_t length = image_scratch(s) / 9, wide = s.outputs(2);
  for (std::int64_t row = first; row < first + rows; ++row) {
    image_rows(x, s, row, length, scratch);
    const T* const g = grad + row * wide * grad_stride;
    for (std::int64_t o = 0; o < outputs; o += width)
      for (int r = 0; r < 9; ++r) {
        F sum[row_taps];
        float* to = into + r * row_taps * outputs + o;
        for (int k = 0; k < row_taps; ++k) sum[k] = load(to + k * outputs);
        const float* value = scratch + r * length;
        for (std::int64_t w = 0; w < wide; ++w, value += image_channels) {
          const F of_output = load(g + w * grad_stride + o);
          for (int k = 0; k < row_taps; ++k) sum[k] += number(value[k]) * of_output;
        }
        for (int k = 0; k < row_taps; ++k) store(to + k * outputs, sum[k]);
      }
  }
}

template <class T>
constexpr ImageKernels<T> image_kernels{image_convolve<T>, image_weight_gradient<T>};

}  // namespace
}  // namespace scaffold::fused
