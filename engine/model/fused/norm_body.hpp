// Group norm and ReLU over channels-last rows; see kernels.hpp.
#pragma once
#include "model/fused/vector.hpp"

namespace scaffold::fused {
namespace {

/// Rows that are summed in float32 before they are added up in float64; fewer at first.
constexpr std::int64_t block_rows = 256, first_rows = 8;

/// Deviations are taken from the mean so far, at first from the first row. Where that lies far from a block's
/// own mean, the distance is part of the spread to be found, so that only a small multiple of it can cancel
/// wherever the values lie. Blocks are combined as in Chan, Golub and LeVeque (1979).
template <class T>
void moments(const T* x, std::int64_t rows, std::int64_t channels, double* mean, double* squares) {
  constexpr int unroll = 4;
  for (std::int64_t c = 0; c < channels; ++c) mean[c] = squares[c] = 0;
  for (std::int64_t row = 0, count = 0; row < rows; row += count) {
    count = smaller(row == 0 ? first_rows : block_rows, rows - row);
    const double n = static_cast<double>(count), all = static_cast<double>(row + count);
    const double inverse = 1 / n, share = n / all, weight = static_cast<double>(row) * share;
    for (std::int64_t first = 0; first < channels; first += unroll * width) {
      const T* in = x + row * channels + first;
      const std::int64_t left = channels - first;
      const int vectors = static_cast<int>(smaller((left + width - 1) / width, unroll));
      F shift[unroll], sum[unroll] = {}, square[unroll] = {};
      for (int u = 0; u < vectors; ++u) {
        shift[u] = load(in + u * width, left - u * width);
        if (row > 0)
          for (int i = 0; i < width && u * width + i < left; ++i)
            shift[u][i] = static_cast<float>(mean[first + u * width + i]);
      }
      if (left >= unroll * width) {
        for (std::int64_t r = 0; r < count; ++r, in += channels)
          for (int u = 0; u < unroll; ++u) {
            const F d = load(in + u * width) - shift[u];
            sum[u] += d;
            square[u] += d * d;
          }
      } else {
        for (std::int64_t r = 0; r < count; ++r, in += channels)
          for (int u = 0; u < vectors; ++u) {
            const F d = load(in + u * width, left - u * width) - shift[u];
            sum[u] += d;
            square[u] += d * d;
          }
      }
      float shifts[unroll * width], sums[unroll * width], sums_of_squares[unroll * width];
      for (int u = 0; u < vectors; ++u) {
        store(shifts + u * width, shift[u]);
        store(sums + u * width, sum[u]);
        store(sums_of_squares + u * width, square[u]);
      }
      const std::int64_t here = smaller(left, unroll * width);
      for (std::int64_t c = 0; c < here; ++c) {
        const double s = sums[c], m = mean[first + c], delta = shifts[c] + s * inverse - m;
        mean[first + c] = m + delta * share;
        squares[first + c] += sums_of_squares[c] - s * s * inverse + delta * delta * weight;
      }
    }
  }
}

template <class T>
void apply(const T* x, std::int64_t rows, std::int64_t channels, const float* scale, const float* shift, T* y,
           std::int64_t y_stride) {
  for (std::int64_t r = 0; r < rows; ++r, x += channels, y += y_stride)
    each_vector(channels, [=](std::int64_t c, auto n) {
      const F v = load(x + c, n) * load(scale + c, n) + load(shift + c, n);
      store(y + c, v < F{} ? F{} : v, n);  // a NaN stays one
    });
}

/// What passes the ReLU. The same expression as in apply(), so that both round alike.
inline F passed(F grad, F x, F scale, F shift) {
  const F v = x * scale + shift;
  return v <= F{} ? F{} : grad;
}

template <class T>
void gradient_sums(const T* x, const T* grad, std::int64_t grad_stride, std::int64_t rows,
                   std::int64_t channels, const float* scale, const float* shift, const float* mean,
                   double* sum, double* product) {
  constexpr int unroll = 2;
  for (std::int64_t c = 0; c < channels; ++c) sum[c] = product[c] = 0;
  for (std::int64_t row = 0; row < rows; row += block_rows) {
    const std::int64_t count = smaller(block_rows, rows - row);
    for (std::int64_t first = 0; first < channels; first += unroll * width) {
      const std::int64_t left = channels - first;
      const T *in = x + row * channels + first, *g_in = grad + row * grad_stride + first;
      F a[unroll], b[unroll], m[unroll], s[unroll] = {}, p[unroll] = {};
      const int vectors = left > width ? unroll : 1;
      for (int u = 0; u < vectors; ++u) {
        a[u] = load(scale + first + u * width, left - u * width);
        b[u] = load(shift + first + u * width, left - u * width);
        m[u] = load(mean + first + u * width, left - u * width);
      }
      if (left >= unroll * width) {
        for (std::int64_t r = 0; r < count; ++r, in += channels, g_in += grad_stride)
          for (int u = 0; u < unroll; ++u) {
            const F v = load(in + u * width), g = passed(load(g_in + u * width), v, a[u], b[u]);
            s[u] += g;
            p[u] += g * (v - m[u]);
          }
      } else {
        for (std::int64_t r = 0; r < count; ++r, in += channels, g_in += grad_stride)
          for (int u = 0; u < vectors; ++u) {
            const std::int64_t n = left - u * width;
            const F v = load(in + u * width, n), g = passed(load(g_in + u * width, n), v, a[u], b[u]);
            s[u] += g;
            p[u] += g * (v - m[u]);
          }
      }
      float sums[unroll * width], products[unroll * width];
      for (int u = 0; u < vectors; ++u) {
        store(sums + u * width, s[u]);
        store(products + u * width, p[u]);
      }
      const std::int64_t here = smaller(left, unroll * width);
      for (std::int64_t c = 0; c < here; ++c) {
        sum[first + c] += sums[c];
        product[first + c] += products[c];
      }
    }
  }
}

template <class T>
void gradient(const T* x, const T* grad, std::int64_t grad_stride, std::int64_t rows, std::int64_t channels,
              const float* scale, const float* shift, const float* mean, const float* for_x,
              const float* constant, T* into) {
  for (std::int64_t r = 0; r < rows; ++r, x += channels, grad += grad_stride, into += channels)
    each_vector(channels, [=](std::int64_t c, auto n) {
      const F v = load(x + c, n), a = load(scale + c, n);
      const F g = passed(load(grad + c, n), v, a, load(shift + c, n));
      store(into + c, g * a + (v - load(mean + c, n)) * load(for_x + c, n) + load(constant + c, n), n);
    });
}

template <class T>
constexpr NormKernels<T> norm_kernels = {moments<T>, apply<T>, gradient_sums<T>, gradient<T>};

}  // namespace
}  // namespace scaffold::fused
