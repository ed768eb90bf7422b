// 3³ convolutions by the minimal filtering F(2×2×2, 3×3×3) of Winograd and of Lavin and Gray
// (arXiv:1509.09308): 4³ inputs make 2³ outputs with 64 multiplications where the definition takes 216. All
// arithmetic is in float32. Of 64 points each, inputs become B^T x B and weights G w G^T along each axis;
// from the products m of those two, A^T m A are the outputs. The gradient of the weights is the adjoint of
// the same steps. See kernels.hpp for the arrays.
#pragma once
#include "nn/fused/vector.hpp"

namespace scaffold::fused {
namespace {

constexpr int panel = 2 * width;  // values that a product keeps in two vectors
constexpr int lines = 16;         // (d, h) of a tile

/// Where the array has its first value of a tile and a channel.
inline float* place(const WinogradArray& array, std::int64_t tile, std::int64_t channel) {
  const std::int64_t group = tile / array.group_tiles, inside = tile % array.group_tiles;
  return array.data + group * array.group_step + channel / panel * winograd_points * array.point_step(panel) +
         inside * panel + channel % panel;
}

/// [lines][point along W] of a tile.
struct Input4 {
  F v[4];
};
/// B^T along one axis.
inline Input4 input_transform(F a, F b, F c, F d) { return {{a - c, b + c, c - b, b - d}}; }

/// Where a tile's 4 × 4 input lines along W begin; null outside of the volume.
template <class T>
struct InputLines {
  const T* at[lines];
  std::int64_t width, step;
};
template <class T>
inline InputLines<T> input_lines(const T* x, const CubicShape& s, std::int64_t td, std::int64_t th) {
  InputLines<T> found{{}, s.width, s.stride};
  for (int i = 0; i < lines; ++i) {
    const std::int64_t d = 2 * td - s.padding[0] + i / 4, h = 2 * th - s.padding[1] + i % 4;
    const bool inside = d >= 0 && d < s.depth && h >= 0 && h < s.height;
    found.at[i] = inside ? x + (d * s.height + h) * s.width * s.stride : nullptr;
  }
  return found;
}

/// Column w of the lines for one vector of channels, transformed along D and H; `normalized` applies the
/// group norm and ReLU to what is inside the volume.
template <bool normalized, class T>
inline void input_column(const InputLines<T>& x, std::int64_t w, std::int64_t channel, F scale, F shift,
                         F* into) {
  F along_d[4][4];
  const bool inside = w >= 0 && w < x.width;
  const std::int64_t offset = w * x.step + channel;
  const auto at = [&](int i) {
    if (!inside || !x.at[i]) return F{};
    const F value = load(x.at[i] + offset);
    if constexpr (normalized) return rectified(value * scale + shift);
    return value;
  };
  for (int h = 0; h < 4; ++h) {
    const Input4 t = input_transform(at(h), at(4 + h), at(8 + h), at(12 + h));
    for (int d = 0; d < 4; ++d) along_d[d][h] = t.v[d];
  }
  for (int d = 0; d < 4; ++d) {
    const Input4 t = input_transform(along_d[d][0], along_d[d][1], along_d[d][2], along_d[d][3]);
    for (int h = 0; h < 4; ++h) into[4 * d + h] = t.v[h];
  }
}

/// Tiles of one row of tiles, whose columns begin at first_w, and one panel of channels: those of the array
/// from `tile` on. Neighbors share two columns.
template <bool normalized, class T>
inline void input_row(const InputLines<T>& x, std::int64_t first_w, std::int64_t count, std::int64_t channel,
                      const float* scale, const float* shift, const WinogradArray& into, std::int64_t tile,
                      std::int64_t into_channel) {
  const std::int64_t point_step = into.point_step(panel);
  F columns[2][4][lines], s[2] = {}, b[2] = {};
  for (int v = 0; v < 2; ++v) {
    const std::int64_t c = channel + v * width;
    if constexpr (normalized) s[v] = load(scale + c), b[v] = load(shift + c);
    for (int k = 0; k < 2; ++k) input_column<normalized>(x, first_w + k, c, s[v], b[v], columns[v][k]);
  }
  for (std::int64_t t = 0; t < count; ++t) {
    const int old = t % 2 ? 2 : 0, fresh = 2 - old;
    float* const to = place(into, tile + t, into_channel);
    for (int v = 0; v < 2; ++v) {
      F(&column)[4][lines] = columns[v];
      for (int k = 0; k < 2; ++k)
        input_column<normalized>(x, first_w + 2 * t + 2 + k, channel + v * width, s[v], b[v],
                                 column[fresh + k]);
      float* p = to + v * width;
      for (int i = 0; i < lines; ++i) {
        const Input4 made =
            input_transform(column[old][i], column[old + 1][i], column[fresh][i], column[fresh + 1][i]);
        for (int k = 0; k < 4; ++k, p += point_step) store(p, made.v[k]);
      }
    }
  }
}

/// body(td, th, tw, tiles before, count) for each run of tiles of [first, first + count) that differ in W
/// only.
template <class Body>
inline void each_run(const CubicShape& s, std::int64_t first, std::int64_t count, const Body& body) {
  const std::int64_t wide = s.tiles(2), high = s.tiles(1);
  for (std::int64_t done = 0; done < count;) {
    const std::int64_t tile = first + done, tw = tile % wide, row = tile / wide;
    const std::int64_t run = smaller(wide - tw, count - done);
    body(row / high, row % high, tw, done, run);
    done += run;
  }
}

template <class T>
void winograd_inputs(const T* x, const CubicShape& s, std::int64_t first, std::int64_t count,
                     std::int64_t first_channel, const float* scale, const float* shift,
                     const WinogradArray& into, std::int64_t tile) {
  each_run(s, first, count,
           [&](std::int64_t td, std::int64_t th, std::int64_t tw, std::int64_t before, std::int64_t run) {
             const InputLines<T> x_lines = input_lines(x, s, td, th);
             const std::int64_t w = 2 * tw - s.padding[2];
             for (std::int64_t c = 0; c < into.channels; c += panel)
               if (scale)
                 input_row<true>(x_lines, w, run, first_channel + c, scale, shift, into, tile + before, c);
               else
                 input_row<false>(x_lines, w, run, first_channel + c, scale, shift, into, tile + before, c);
           });
}

/// The 2³ outputs of tile (td, th, tw): body(value of [d][h][w], offset of the voxel in rows) for those
/// inside.
template <class Body>
inline void each_output(const CubicShape& s, std::int64_t td, std::int64_t th, std::int64_t tw,
                        const Body& body) {
  for (int i = 0; i < 8; ++i) {
    const std::int64_t d = 2 * td + i / 4, h = 2 * th + i / 2 % 2, w = 2 * tw + i % 2;
    if (d < s.outputs(0) && h < s.outputs(1) && w < s.outputs(2))
      body(i, (d * s.outputs(1) + h) * s.outputs(2) + w);
  }
}

/// A^T of all three axes.
inline void output_transform(const float* in, std::int64_t point_step, F (&y)[8]) {
  for (F& value : y) value = F{};
  for (int d = 0; d < 4; ++d) {
    F of_d[4] = {};  // [h][w]
    for (int h = 0; h < 4; ++h, in += 4 * point_step) {
      const F a = load(in), b = load(in + point_step), c = load(in + 2 * point_step),
              e = load(in + 3 * point_step);
      const F w0 = a + b + c, w1 = b - c - e;
      if (h < 3) of_d[0] += w0, of_d[1] += w1;
      if (h == 1) of_d[2] += w0, of_d[3] += w1;
      if (h > 1) of_d[2] -= w0, of_d[3] -= w1;
    }
    for (int i = 0; i < 4; ++i) {
      if (d < 3) y[i] += of_d[i];
      if (d == 1) y[4 + i] += of_d[i];
      if (d > 1) y[4 + i] -= of_d[i];
    }
  }
}

template <class T>
void winograd_outputs(const WinogradArray& from, const CubicShape& s, std::int64_t first, std::int64_t count,
                      std::int64_t first_channel, T* y, std::int64_t y_stride) {
  const std::int64_t point_step = from.point_step(panel);
  each_run(s, first, count,
           [&](std::int64_t td, std::int64_t th, std::int64_t tw, std::int64_t before, std::int64_t run) {
             for (std::int64_t t = 0; t < run; ++t)
               for (std::int64_t c = 0; c < from.channels; c += width) {
                 F values[8];
                 output_transform(place(from, before + t, c), point_step, values);
                 each_output(s, td, th, tw + t, [&](int i, std::int64_t voxel) {
                   store(y + voxel * y_stride + first_channel + c, values[i]);
                 });
               }
           });
}

/// A of all three axes: the adjoint of output_transform.
template <class T>
void winograd_output_gradients(const T* grad, std::int64_t stride, const CubicShape& s, std::int64_t first,
                               std::int64_t count, const WinogradArray& into, std::int64_t tile) {
  const std::int64_t point_step = into.point_step(panel);
  const auto spread = [](F a, F b, F(&to)[4]) { to[0] = a, to[1] = a + b, to[2] = a - b, to[3] = -b; };
  each_run(s, first, count,
           [&](std::int64_t td, std::int64_t th, std::int64_t tw, std::int64_t before, std::int64_t run) {
             for (std::int64_t t = 0; t < run; ++t)
               for (std::int64_t c = 0; c < into.channels; c += width) {
                 F g[8] = {}, along_d[4][4];
                 each_output(s, td, th, tw + t,
                             [&](int i, std::int64_t voxel) { g[i] = load(grad + voxel * stride + c); });
                 for (int i = 0; i < 4; ++i) {
                   F made[4];
                   spread(g[i], g[4 + i], made);
                   for (int d = 0; d < 4; ++d) along_d[d][i] = made[d];
                 }
                 float* p = place(into, tile + before + t, c);
                 for (int d = 0; d < 4; ++d) {
                   F left[4], right[4], made[4];
                   spread(along_d[d][0], along_d[d][2], left);
                   spread(along_d[d][1], along_d[d][3], right);
                   for (int h = 0; h < 4; ++h) {
                     spread(left[h], right[h], made);
                     for (int w = 0; w < 4; ++w, p += point_step) store(p, made[w]);
                   }
                 }
               }
           });
}

/// G w G^T of 27 taps.
inline void weight_transform(const F (&w)[27], float* into, std::int64_t point_step) {
  const auto spread = [](F a, F b, F c, F(&to)[4]) {
    const F outer = (a + c) * 0.5f, middle = b * 0.5f;
    to[0] = a, to[1] = outer + middle, to[2] = outer - middle, to[3] = c;
  };
  F along_d[4][9], along_h[4][3];
  for (int i = 0; i < 9; ++i) {
    F made[4];
    spread(w[i], w[9 + i], w[18 + i], made);
    for (int d = 0; d < 4; ++d) along_d[d][i] = made[d];
  }
  for (const auto& plane : along_d) {
    for (int k = 0; k < 3; ++k) {
      F made[4];
      spread(plane[k], plane[3 + k], plane[6 + k], made);
      for (int h = 0; h < 4; ++h) along_h[h][k] = made[h];
    }
    for (const auto& line : along_h) {
      F made[4];
      spread(line[0], line[1], line[2], made);
      for (int i = 0; i < 4; ++i, into += point_step) store(into, made[i]);
    }
  }
}

/// Of the forward pass: weights [O][27][C], of outputs [first, first + panel), all channels.
template <class T>
void winograd_weights(const T* weight, std::int64_t channels, std::int64_t first_output, float* into) {
  const std::int64_t point_step = channels * panel;
  constexpr std::int64_t block = 16;  // channels, a cache line of them
  float turned[27][block][panel];
  for (std::int64_t c = 0; c < channels; c += block) {
    const std::int64_t here = smaller(block, channels - c);
    for (int o = 0; o < panel; ++o)
      for (int k = 0; k < 27; ++k) {
        const T* from = weight + ((first_output + o) * 27 + k) * channels + c;
        for (std::int64_t i = 0; i < here; ++i) turned[k][i][o] = number_of(from[i]);
      }
    for (std::int64_t i = 0; i < here; ++i)
      for (int o = 0; o < panel; o += width) {
        F w[27];
        for (int k = 0; k < 27; ++k) w[k] = load(&turned[k][i][o]);
        weight_transform(w, into + (c + i) * panel + o, point_step);
      }
  }
}

/// Of the backward pass, which is the convolution of the outputs' gradient with the turned weights: of
/// channels [first, first + panel), all outputs.
template <class T>
void winograd_flipped_weights(const T* weight, std::int64_t channels, std::int64_t outputs,
                              std::int64_t first_channel, float* into) {
  const std::int64_t point_step = outputs * panel;
  for (std::int64_t o = 0; o < outputs; ++o)
    for (int c = 0; c < panel; c += width) {
      F w[27];
      for (int k = 0; k < 27; ++k) w[k] = load(weight + (o * 27 + 26 - k) * channels + first_channel + c);
      weight_transform(w, into + o * panel + c, point_step);
    }
}

/// G^T of all three axes: the adjoint of weight_transform. From [point][output][panel] of one panel of
/// channels.
template <class T>
void winograd_weight_gradient(const float* from, std::int64_t channels, std::int64_t outputs,
                              std::int64_t first_channel, T* into) {
  const std::int64_t point_step = outputs * panel;
  const auto gather = [](const F* in, std::int64_t step, F(&to)[3]) {
    const F sum = (in[step] + in[2 * step]) * 0.5f, difference = (in[step] - in[2 * step]) * 0.5f;
    to[0] = in[0] + sum, to[1] = difference, to[2] = sum + in[3 * step];
  };
  for (std::int64_t o = 0; o < outputs; ++o)
    for (int c = 0; c < panel; c += width) {
      F along_w[4][4][3], along_h[4][9], made[3];
      const float* p = from + o * panel + c;
      for (auto& plane : along_w)
        for (auto& line : plane) {
          F in[4];
          for (F& value : in) value = load(p), p += point_step;
          gather(in, 1, line);
        }
      for (int d = 0; d < 4; ++d)
        for (int k = 0; k < 3; ++k) {
          gather(&along_w[d][0][k], 3, made);
          for (int h = 0; h < 3; ++h) along_h[d][3 * h + k] = made[h];
        }
      for (int i = 0; i < 9; ++i) {
        gather(&along_h[0][i], 9, made);
        for (int d = 0; d < 3; ++d)
          store(into + (o * 27 + 9 * d + i) * channels + first_channel + c, made[d]);
      }
    }
}

/// Tiles in registers, two vectors of sums each.
constexpr int product_tiles = winograd_tile_step / (width == 16 ? 1 : 2);

/// Sums of `product_tiles` tiles and one panel of outputs, of one point.
inline void multiply_tiles(const float* x, std::int64_t panel_step, std::int64_t channels, const float* w,
                           float* to) {
  if (channels <= 0)
    __builtin_unreachable();  // or g++ 12 keeps the sums in memory, for a loop that is never run
  F sum[product_tiles][2] = {};
  for (std::int64_t c = 0; c < channels; c += panel, x += panel_step)
    for (int k = 0; k < panel; ++k, w += panel) {
      const F low = load(w), high = load(w + width);
      for (int i = 0; i < product_tiles; ++i) {
        const F value = number(x[i * panel + k]);
        sum[i][0] += value * low;
        sum[i][1] += value * high;
      }
    }
  for (int i = 0; i < product_tiles; ++i) {
    store(to + i * panel, sum[i][0]);
    store(to + i * panel + width, sum[i][1]);
  }
}

void winograd_multiply(const WinogradArray& inputs, const float* weights, std::int64_t tiles,
                       const WinogradArray& products) {
  const std::int64_t in_step = inputs.point_step(panel), out_step = products.point_step(panel);
  const std::int64_t channels = inputs.channels, of_point = channels * panel;
  for (std::int64_t p = 0; p < winograd_points; ++p)
    for (std::int64_t o = 0; o < products.channels; o += panel) {
      const float* const w = weights + (o / panel * winograd_points + p) * of_point;
      for (std::int64_t t = 0; t < tiles; t += product_tiles)
        multiply_tiles(place(inputs, t, 0) + p * in_step, winograd_points * in_step, channels, w,
                       place(products, t, o) + p * out_step);
    }
}

void winograd_multiply_gradient(const WinogradArray& inputs, const WinogradArray& gradients,
                                std::int64_t tiles, std::int64_t point, std::int64_t channel, float* into) {
  constexpr int rows = width == 16 ? 8 : 4;
  const std::int64_t in_step = inputs.point_step(panel), gradient_step = gradients.point_step(panel);
  for (std::int64_t o = 0; o < gradients.channels; o += rows, into += rows * panel) {
    F sum[rows][2];
    for (int i = 0; i < rows; ++i)
      sum[i][0] = load(into + i * panel), sum[i][1] = load(into + i * panel + width);
    for (std::int64_t first = 0; first < tiles; first += inputs.group_tiles) {
      const float* x = place(inputs, first, channel) + point * in_step;
      const float* g = place(gradients, first, o) + point * gradient_step;
      const std::int64_t here = smaller(inputs.group_tiles, tiles - first);
      for (std::int64_t t = 0; t < here; ++t) {
        const F low = load(x + t * panel), high = load(x + t * panel + width);
        for (int i = 0; i < rows; ++i) {
          const F value = number(g[t * panel + i]);
          sum[i][0] += value * low;
          sum[i][1] += value * high;
        }
      }
    }
    for (int i = 0; i < rows; ++i) {
      store(into + i * panel, sum[i][0]);
      store(into + i * panel + width, sum[i][1]);
    }
  }
}

template <class T>
constexpr WinogradKernels<T> winograd_kernels{winograd_inputs<T>,           winograd_outputs<T>,
                                              winograd_output_gradients<T>, winograd_weights<T>,
                                              winograd_flipped_weights<T>,  winograd_weight_gradient<T>};

}  // namespace
}  // namespace scaffold::fused
