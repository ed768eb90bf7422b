// The gradient of a 3³ convolution's weights, padding 1, float32 in channels-last; see kernels.hpp. oneDNN
// has no kernel of its own for it without AVX-512 and multiplies unfolded inputs instead.
#pragma once
#include "nn/fused/vector.hpp"

namespace scaffold::fused {
namespace {

constexpr int tile_outputs = weight_gradient_outputs;

/// grad rows [h, h + rows) of plane d as [output / tile][voxel][tile].
inline void pack_outputs(const float* grad, const WeightGradient& s, std::int64_t voxels, float* packed) {
  for (std::int64_t o = s.first_output; o < s.last_output; o += tile_outputs)
    for (std::int64_t v = 0; v < voxels; ++v, packed += tile_outputs)
      __builtin_memcpy(packed, grad + v * s.grad_stride + o, sizeof(float) * tile_outputs);
}

/// Rows [h − 1, h + rows] of plane d of x as [channel / width][row][w + 1][width], zeros outside of the
/// volume.
inline void pack_inputs(const float* x, const WeightGradient& s, std::int64_t d, std::int64_t h,
                        std::int64_t rows, float* packed) {
  for (std::int64_t c = s.first_input; c < s.last_input; c += width)
    for (std::int64_t r = h - 1; r <= h + rows; ++r) {
      const bool inside = d >= 0 && d < s.depth && r >= 0 && r < s.height;
      const float* row = x + (d * s.height + r) * s.width * s.inputs + c;
      store(packed, F{});
      packed += width;
      for (std::int64_t w = 0; w < s.width; ++w, packed += width)
        store(packed, inside ? load(row + w * s.inputs, s.last_input - c) : F{});
      store(packed, F{});
      packed += width;
    }
}

/// Adds the products of `rows` packed rows to the three taps along W of `tile_outputs` outputs and `width`
/// inputs.
inline void multiply(const float* x, const float* grad, std::int64_t rows, std::int64_t row_width,
                     float* into, std::int64_t output_step, std::int64_t tap_step, std::int64_t inputs) {
  F sum[tile_outputs][3] = {};
  for (std::int64_t r = 0; r < rows; ++r, x += 2 * width)
    for (std::int64_t w = 0; w < row_width; ++w, x += width, grad += tile_outputs) {
      const F left = load(x), middle = load(x + width), right = load(x + 2 * width);
      for (int o = 0; o < tile_outputs; ++o) {
        const F g = number(grad[o]);
        sum[o][0] += g * left;
        sum[o][1] += g * middle;
        sum[o][2] += g * right;
      }
    }
  for (int o = 0; o < tile_outputs; ++o)
    for (int k = 0; k < 3; ++k) {
      float* p = into + o * output_step + k * tap_step;
      store(p, load(p, inputs) + sum[o][k], inputs);
    }
}

void weight_gradient(const float* x, const float* grad, const WeightGradient& s, float* scratch,
                     float* into) {
  const std::int64_t outputs = s.last_output - s.first_output, block = weight_gradient_rows(s);
  float* const packed_grad = scratch;
  float* const packed_x = scratch + block * s.width * outputs;
  for (std::int64_t d = 0; d < s.depth; ++d)
    for (std::int64_t h = 0; h < s.height; h += block) {
      const std::int64_t rows = smaller(block, s.height - h), voxels = rows * s.width;
      pack_outputs(grad + (d * s.height + h) * s.width * s.grad_stride, s, voxels, packed_grad);
      for (std::int64_t kd = 0; kd < 3; ++kd) {
        if (d + kd - 1 < 0 || d + kd - 1 >= s.depth) continue;
        pack_inputs(x, s, d + kd - 1, h, rows, packed_x);
        const std::int64_t packed_row = (s.width + 2) * width, packed_block = (rows + 2) * packed_row;
        for (std::int64_t kh = 0; kh < 3; ++kh)
          for (std::int64_t c = s.first_input; c < s.last_input; c += width)
            for (std::int64_t o = s.first_output; o < s.last_output; o += tile_outputs)
              multiply(packed_x + (c - s.first_input) / width * packed_block + kh * packed_row,
                       packed_grad + (o - s.first_output) * voxels, rows, s.width,
                       into + (o * 27 + kd * 9 + kh * 3) * s.inputs + c, 27 * s.inputs, s.inputs,
                       s.last_input - c);
      }
    }
}

}  // namespace
}  // namespace scaffold::fused
