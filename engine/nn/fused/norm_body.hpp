// Group norm and ReLU over channels-last rows; see kernels.hpp.
#pragma once
#include "nn/fused/vector.hpp"

namespace scaffold::fused {
namespace {

/// Rows that are summed in float32 before they are added up in float64; fewer at first.
constexpr std::int64_t block_rows = 256, first_rows = 8;
/// Calls body(first row, end) for rows that are taken together: runs short enough for the caches, of several
/// streams in turns, which a core reads faster than one.
constexpr std::int64_t run_rows = 4, max_streams = 2;
template <class Body>
inline void each_run(std::int64_t rows, const Body& body) {
  const std::int64_t streams = rows % (max_streams * run_rows) == 0 ? max_streams : 1;
  for (std::int64_t run = 0; run < rows / streams; run += run_rows)
    for (std::int64_t stream = 0; stream < streams; ++stream) {
      const std::int64_t first = stream * (rows / streams) + run;
      body(first, smaller(first + run_rows, rows));
    }
}

/// body(first channel, channels) for as many as Columns holds.
template <class T, class Body>
inline void each_columns(std::int64_t channels, const Body& body) {
  for (std::int64_t c = 0; c < channels; c += Columns<T>::most)
    body(c, smaller(Columns<T>::most, channels - c));
}

/// sum += Σ (x − shift) and square += Σ (x − shift)².
template <class T>
void add_deviations(const T* x, std::int64_t rows, std::int64_t stride, std::int64_t channels,
                    const Columns<T>& shift, Columns<T>& sum, Columns<T>& square) {
  each_run(rows, [&](std::int64_t row, std::int64_t end) {
    each_pair(channels, [&](std::int64_t c, auto n) {
      const Pair m = shift.at(c);
      Pair s = sum.at(c), q = square.at(c);
      const T* in = x + row * stride + c;
      for (std::int64_t r = row; r < end; ++r, in += stride) {
        const Pair v = load_pair(in, n);
        const F d = v.first - m.first, e = v.second - m.second;
        s.first += d;
        q.first += d * d;
        s.second += e;
        q.second += e * e;
      }
      sum.set(c, s);
      square.set(c, q);
    });
  });
}

/// Deviations are taken from the mean so far, at first from the first row. Where that lies far from a block's
/// own mean, the distance is part of the spread to be found, so that only a small multiple of it can cancel
/// wherever the values lie. Blocks are combined as in Chan, Golub and LeVeque (1979).
template <class T>
void moments(const T* x, std::int64_t rows, std::int64_t stride, double* means, double* spreads) {
  each_columns<T>(stride, [=](std::int64_t first, std::int64_t channels) {
    double *const mean = means + first, *const squares = spreads + first;
    for (std::int64_t c = 0; c < channels; ++c) mean[c] = squares[c] = 0;
    for (std::int64_t row = 0, count = 0; row < rows; row += count) {
      count = smaller(row == 0 ? first_rows : block_rows, rows - row);
      const double n = static_cast<double>(count), all = static_cast<double>(row + count);
      const double inverse = 1 / n, share = n / all, weight = static_cast<double>(row) * share;
      Columns<T> shift, sum, square;
      for (std::int64_t c = 0; c < channels; ++c)
        shift[c] = row == 0 ? number_of(x[first + c]) : static_cast<float>(mean[c]);
      add_deviations(x + row * stride + first, count, stride, channels, shift, sum, square);
      for (std::int64_t c = 0; c < channels; ++c) {
        const double s = sum[c], delta = shift[c] + s * inverse - mean[c];
        mean[c] += delta * share;
        squares[c] += square[c] - s * s * inverse + delta * delta * weight;
      }
    }
  });
}

template <class T>
void apply(const T* from, std::int64_t rows, std::int64_t stride, const float* scale, const float* shift,
           T* to, std::int64_t y_stride) {
  each_columns<T>(stride, [=](std::int64_t first, std::int64_t channels) {
    const Columns<T> scales(scale + first, channels), shifts(shift + first, channels);
    const T* x = from + first;
    T* y = to + first;
    for (std::int64_t r = 0; r < rows; ++r, x += stride, y += y_stride)
      each_pair(channels, [&](std::int64_t c, auto n) {
        const Pair v = load_pair(x + c, n), a = scales.at(c), b = shifts.at(c);
        store_pair(y + c, {rectified(v.first * a.first + b.first), rectified(v.second * a.second + b.second)},
                   n);
      });
  });
}

/// What passes the ReLU. The same expression as in apply(), so that both round alike.
inline F passed(F grad, F x, F scale, F shift) {
  const F v = x * scale + shift;
  return v <= F{} ? F{} : grad;
}

template <class T>
void gradient_sums(const T* x, const T* grad, std::int64_t grad_stride, std::int64_t rows,
                   std::int64_t stride, const float* scale, const float* shift, const float* mean,
                   double* sums, double* products) {
  each_columns<T>(stride, [=](std::int64_t first, std::int64_t channels) {
    const Columns<T> scales(scale + first, channels), shifts(shift + first, channels),
        means(mean + first, channels);
    double *const sum = sums + first, *const product = products + first;
    for (std::int64_t c = 0; c < channels; ++c) sum[c] = product[c] = 0;
    for (std::int64_t block = 0; block < rows; block += block_rows) {
      Columns<T> s_columns, p_columns;
      each_run(smaller(block_rows, rows - block), [&](std::int64_t run, std::int64_t run_end) {
        const std::int64_t row = block + run, end = block + run_end;
        each_pair(channels, [&](std::int64_t c, auto n) {
          const Pair a = scales.at(c), b = shifts.at(c), m = means.at(c);
          Pair s = s_columns.at(c), p = p_columns.at(c);
          const T *in = x + row * stride + first + c, *g_in = grad + row * grad_stride + first + c;
          for (std::int64_t r = row; r < end; ++r, in += stride, g_in += grad_stride) {
            const Pair v = load_pair(in, n), g = load_pair(g_in, n);
            const F d = passed(g.first, v.first, a.first, b.first);
            const F e = passed(g.second, v.second, a.second, b.second);
            s.first += d;
            p.first += d * (v.first - m.first);
            s.second += e;
            p.second += e * (v.second - m.second);
          }
          s_columns.set(c, s);
          p_columns.set(c, p);
        });
      });
      for (std::int64_t c = 0; c < channels; ++c) {
        sum[c] += s_columns[c];
        product[c] += p_columns[c];
      }
    }
  });
}

template <class T>
void gradient(const T* x, const T* grad, std::int64_t grad_stride, std::int64_t rows, std::int64_t stride,
              const float* scale, const float* shift, const float* for_x, const float* constant, T* into) {
  each_columns<T>(stride, [=](std::int64_t first, std::int64_t channels) {
    const Columns<T> scales(scale + first, channels), shifts(shift + first, channels),
        factors(for_x + first, channels), constants(constant + first, channels);
    for (std::int64_t r = 0; r < rows; ++r) {
      const T *x_row = x + r * stride + first, *g_row = grad + r * grad_stride + first;
      T* out = into + r * stride + first;
      each_pair(channels, [&](std::int64_t c, auto n) {
        const Pair v = load_pair(x_row + c, n), g = load_pair(g_row + c, n);
        const Pair a = scales.at(c), b = shifts.at(c), f = factors.at(c), k = constants.at(c);
        const auto one = [](F value, F of_y, F a1, F b1, F f1, F k1) {
          return passed(of_y, value, a1, b1) * a1 + (value * f1 + k1);
        };
        store_pair(out + c,
                   {one(v.first, g.first, a.first, b.first, f.first, k.first),
                    one(v.second, g.second, a.second, b.second, f.second, k.second)},
                   n);
      });
    }
  });
}

template <class T>
constexpr NormKernels<T> norm_kernels = {moments<T>, apply<T>, gradient_sums<T>, gradient<T>};

}  // namespace
}  // namespace scaffold::fused
