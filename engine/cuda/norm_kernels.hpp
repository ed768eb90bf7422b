// Group norm and ReLU of channels-last rows: threads, blocks, and how a sample is cut (norm_device.hpp
// launches them). Statistics and gradients' sums go in three steps: each thread adds up to a few hundred rows
// in float32, deviations taken from the block's first row; the block's threads are added up in float64; the
// blocks' results are combined in float64, all in a fixed order.
#pragma once
#include "cuda/threads.hpp"

namespace scaffold::gpu {

/// How threads lie over the rows of a sample: a thread keeps n neighboring channels, neighbors in a block
/// take neighboring channels, then rows.
struct Rows {
  static constexpr int threads = 256;
  std::int64_t voxels = 0, channels = 0, piece = 0;  ///< piece: rows of a block
  int vectors = 0;                                   ///< of a row, in a block

  SCAFFOLD_BOTH Rows() = default;
  /// It depends on shapes alone: the same sums on any GPU.
  SCAFFOLD_BOTH Rows(std::int64_t samples, std::int64_t all_voxels, std::int64_t all_channels, int n)
      : voxels(all_voxels), channels(all_channels) {
    const std::int64_t of_row = channels / n;
    vectors = static_cast<int>(of_row < threads ? of_row : threads);
    constexpr std::int64_t blocks = 1024, min_turns = 4, max_turns = 64;
    const std::int64_t wanted = divided_up(samples * voxels * column_blocks(n), blocks * lanes());
    const std::int64_t turns = wanted < min_turns ? min_turns : wanted > max_turns ? max_turns : wanted;
    piece = turns * lanes();
  }
  SCAFFOLD_BOTH int lanes() const { return threads / vectors; }  ///< rows at a time
  SCAFFOLD_BOTH std::int64_t pieces() const { return divided_up(voxels, piece); }
  SCAFFOLD_BOTH std::int64_t column_blocks(int n) const { return divided_up(channels / n, vectors); }
  SCAFFOLD_BOTH Grid grid(std::int64_t samples, int n) const { return {pieces(), column_blocks(n), samples}; }
};

/// A thread's part of it.
template <int n>
struct Share {
  std::int64_t row, end;  ///< first row, counted from the tensor's beginning; and where the piece ends
  std::int64_t channel;
  int lane, step;
  bool active;
  SCAFFOLD_BOTH Share(const Rows& rows, const Place& at) {
    const int vector = at.thread % rows.vectors;
    lane = at.thread / rows.vectors;
    step = rows.lanes();
    channel = (static_cast<std::int64_t>(at.y) * rows.vectors + vector) * n;
    const std::int64_t first = at.z * rows.voxels, begin = at.x * rows.piece;
    end = first + (begin + rows.piece < rows.voxels ? begin + rows.piece : rows.voxels);
    row = first + begin + lane;
    active = lane < step && channel < rows.channels;
  }
};

/// Two numbers a channel, from all lanes of a block.
template <int n>
struct LaneSums {
  float value[2][Rows::threads * n];

  SCAFFOLD_BOTH void keep(int thread, const float (&a)[n], const float (&b)[n]) {
    SCAFFOLD_UNROLL(n)
    for (int i = 0; i < n; ++i) {
      value[0][thread * n + i] = a[i];
      value[1][thread * n + i] = b[i];
    }
  }
  /// body(channel, Σ first, Σ second) for the channels that fall to this thread.
  template <class Body>
  SCAFFOLD_BOTH void each(const Rows& rows, const Place& at, const Body& body) const {
    const int width = rows.vectors * n, lanes = rows.lanes();
    for (int j = at.thread; j < width; j += Rows::threads) {
      const std::int64_t channel = static_cast<std::int64_t>(at.y) * width + j;
      if (channel >= rows.channels) return;
      double a = 0, b = 0;
      for (int lane = 0; lane < lanes; ++lane) {
        a += static_cast<double>(value[0][lane * width + j]);
        b += static_cast<double>(value[1][lane * width + j]);
      }
      body(channel, a, b);
    }
  }
};

/// Mean, and the sum of squared deviations from it, of each piece's channels: parts [N, piece, 2, C].
template <class T, int n>
struct PieceMoments {
  static constexpr int threads = Rows::threads, phases = 2;
  using Shared = LaneSums<n>;
  using Local = Nothing;
  Rows rows;
  const T* x;
  double* parts;

  template <int phase>
  SCAFFOLD_BOTH void run(const Place& at, Local&, Shared& shared) const {
    const std::int64_t first = at.z * rows.voxels + at.x * rows.piece;
    if constexpr (phase == 0) {
      const Share<n> share(rows, at);
      if (!share.active) return;
      float shift[n], sum[n] = {}, square[n] = {};
      load(x + first * rows.channels + share.channel, shift);
      SCAFFOLD_UNROLL(4)
      for (std::int64_t row = share.row; row < share.end; row += share.step) {
        float v[n];
        load(x + row * rows.channels + share.channel, v);
        SCAFFOLD_UNROLL(n)
        for (int i = 0; i < n; ++i) {
          const float d = v[i] - shift[i];
          sum[i] += d;
          square[i] = fmaf(d, d, square[i]);
        }
      }
      shared.keep(at.thread, sum, square);
    } else {
      const std::int64_t left = rows.voxels - at.x * rows.piece;
      const auto count = static_cast<double>(left < rows.piece ? left : rows.piece);
      double* part = parts + (at.z * rows.pieces() + at.x) * 2 * rows.channels;
      shared.each(rows, at, [&](std::int64_t channel, double sum, double square) {
        const double shift = static_cast<double>(number(x[first * rows.channels + channel]));
        part[channel] = shift + sum / count;
        part[rows.channels + channel] = square - sum * sum / count;
      });
    }
  }
};

/// What the blocks that combine parts have in common: 8 columns at a time, 32 threads a column.
struct Columns {
  static constexpr int threads = 256, width = 8, lanes = threads / width;
  double value[width][lanes];

  SCAFFOLD_BOTH double sum(int column) const {
    double all = 0;
    for (int lane = 0; lane < lanes; ++lane) all += value[column][lane];
    return all;
  }
};

/// The pieces' moments of a channel combined: [N, 2, C] mean and variance. Mean first, so that the spread of
/// the pieces' means is a sum of squares (Chan, Golub and LeVeque, 1979, for unequal counts).
struct ChannelMoments {
  static constexpr int threads = Columns::threads, phases = 4;
  struct Shared {
    Columns columns;
    double mean[Columns::width];
  };
  using Local = Nothing;
  Rows rows;
  const double* parts;
  double* moments;

  SCAFFOLD_BOTH double count(std::int64_t piece) const {
    const std::int64_t left = rows.voxels - piece * rows.piece;
    return static_cast<double>(left < rows.piece ? left : rows.piece);
  }
  template <int phase>
  SCAFFOLD_BOTH void run(const Place& at, Local&, Shared& shared) const {
    const int column = at.thread % Columns::width, lane = at.thread / Columns::width;
    const std::int64_t channel = static_cast<std::int64_t>(at.x) * Columns::width + column;
    const std::int64_t pieces = rows.pieces(), c = rows.channels;
    const double* part = parts + at.z * pieces * 2 * c + channel;
    if constexpr (phase == 0 || phase == 2) {
      double sum = 0;
      for (std::int64_t p = lane; channel < c && p < pieces; p += Columns::lanes) {
        const double mean = part[2 * p * c];
        if constexpr (phase == 0) {
          sum += count(p) * mean;
        } else {
          const double d = mean - shared.mean[column];
          sum += part[(2 * p + 1) * c] + count(p) * d * d;
        }
      }
      shared.columns.value[column][lane] = sum;
    } else if (at.thread < Columns::width) {
      const double all = shared.columns.sum(at.thread) / static_cast<double>(rows.voxels);
      if constexpr (phase == 1) shared.mean[at.thread] = all;
      if (channel < c) moments[(at.z * 2 + (phase == 1 ? 0 : 1)) * c + channel] = all;
    }
  }
};

/// [N, pieces, columns] → [N, columns], in the order of the pieces' lanes. As float32 where `rounded` is
/// given.
struct SumPieces {
  static constexpr int threads = Columns::threads, phases = 2;
  using Shared = Columns;
  using Local = Nothing;
  std::int64_t pieces, columns;
  const double* parts;
  double* sums;
  float* rounded;

  template <int phase>
  SCAFFOLD_BOTH void run(const Place& at, Local&, Shared& shared) const {
    const int mine = at.thread % Columns::width, lane = at.thread / Columns::width;
    const std::int64_t column = static_cast<std::int64_t>(at.x) * Columns::width + mine;
    if constexpr (phase == 0) {
      double sum = 0;
      const double* part = parts + at.z * pieces * columns + column;
      for (std::int64_t p = lane; column < columns && p < pieces; p += Columns::lanes)
        sum += part[p * columns];
      shared.value[mine][lane] = sum;
    } else if (at.thread < Columns::width && column < columns) {
      const std::int64_t i = at.z * columns + column;
      if (rounded)
        rounded[i] = static_cast<float>(shared.sum(mine));
      else
        sums[i] = shared.sum(mine);
    }
  }
};

/// Group sums of a forward pass: of moments [N, 2, C] → [N, groups, 3].
struct MomentTerms {
  static constexpr int terms = 3;
  const double* moments;
  std::int64_t channels;
  SCAFFOLD_BOTH void operator()(std::int64_t sample, std::int64_t c, double (&sums)[terms]) const {
    const double mean = moments[sample * 2 * channels + c];
    sums[0] += mean;
    sums[1] += mean * mean;
    sums[2] += moments[(sample * 2 + 1) * channels + c];
  }
};
/// Of a backward pass: of Σ g and Σ g·(x − mean) [N, 2, C] → [N, groups, 2].
struct GradientTerms {
  static constexpr int terms = 2;
  const double* sums_by_channel;
  const float *weight, *inverse;  ///< inverse [N, C]
  std::int64_t channels;
  SCAFFOLD_BOTH void operator()(std::int64_t sample, std::int64_t c, double (&sums)[terms]) const {
    const double* of_sample = sums_by_channel + sample * 2 * channels;
    const auto w = static_cast<double>(weight[c]);
    sums[0] += w * of_sample[c];
    sums[1] += w * of_sample[channels + c] * static_cast<double>(inverse[sample * channels + c]);
  }
};

template <class Terms>
struct GroupSums {
  static constexpr int threads = 128, phases = 3;
  using Shared = BlockSums<Terms::terms, threads, double>;
  using Local = Nothing;
  Terms terms;
  std::int64_t of_group;
  double* sums;

  template <int phase>
  SCAFFOLD_BOTH void run(const Place& at, Local&, Shared& shared) const {
    if constexpr (phase == 0) {
      double own[Terms::terms] = {};
      for (std::int64_t k = at.thread; k < of_group; k += threads) terms(at.z, at.x * of_group + k, own);
      for (int i = 0; i < Terms::terms; ++i) shared.value[i][at.thread] = own[i];
    } else if constexpr (phase == 1) {
      shared.first(at.thread);
    } else if (at.thread < Terms::terms) {
      const std::int64_t groups = terms.channels / of_group;
      sums[(at.z * groups + at.x) * Terms::terms + at.thread] = shared.second(at.thread);
    }
  }
};

enum Constant { scale, shift, mean, inverse_deviation, constants };

/// The table of constants [4, N, C], a thread a (sample, channel).
struct NormConstants {
  static constexpr int threads = 128, phases = 1;
  using Shared = Nothing;
  using Local = Nothing;
  std::int64_t samples, channels, groups;
  double parts, epsilon;
  const double* sums;
  const float *weight, *bias;
  float* table;

  template <int phase>
  SCAFFOLD_BOTH void run(const Place& at, Local&, Shared&) const {
    const std::int64_t i = static_cast<std::int64_t>(at.x) * threads + at.thread, all = samples * channels;
    if (i >= all) return;
    const std::int64_t c = i % channels;
    const double* sum = sums + 3 * (i / channels * groups + c / (channels / groups));
    const double m = sum[0] / parts, between = sum[1] / parts - m * m;
    const double inverse = 1 / sqrt((between > 0 ? between : 0) + sum[2] / parts + epsilon);
    const double factor = inverse * static_cast<double>(weight[c]);
    table[scale * all + i] = static_cast<float>(factor);
    table[shift * all + i] = static_cast<float>(static_cast<double>(bias[c]) - m * factor);
    table[mean * all + i] = static_cast<float>(m);
    table[inverse_deviation * all + i] = static_cast<float>(inverse);
  }
};

/// Before the ReLU. One expression for both passes, so that both see the same sign.
SCAFFOLD_BOTH float normalized(float x, float a, float b) { return fmaf(x, a, b); }
SCAFFOLD_BOTH float passed(float grad, float x, float a, float b) {
  return normalized(x, a, b) <= 0 ? 0 : grad;  // what a NaN meets passes, and is NaN
}

template <class T, int n>
struct NormApply {
  static constexpr int threads = Rows::threads, phases = 1;
  using Shared = Nothing;
  using Local = Nothing;
  Rows rows;
  const T* x;
  const float* table;  ///< [4, N, C]
  std::int64_t table_step;
  T* y;

  template <int phase>
  SCAFFOLD_BOTH void run(const Place& at, Local&, Shared&) const {
    const Share<n> share(rows, at);
    if (!share.active) return;
    const float* of_sample = table + at.z * rows.channels + share.channel;
    float a[n], b[n];
    load(of_sample + scale * table_step, a);
    load(of_sample + shift * table_step, b);
    SCAFFOLD_UNROLL(4)
    for (std::int64_t row = share.row; row < share.end; row += share.step) {
      const std::int64_t i = row * rows.channels + share.channel;
      float v[n];
      load(x + i, v);
      SCAFFOLD_UNROLL(n)
      for (int k = 0; k < n; ++k) {
        const float y_k = normalized(v[k], a[k], b[k]);
        v[k] = y_k < 0 ? 0 : y_k;
      }
      store(y + i, v);
    }
  }
};

/// Σ g and Σ g·(x − mean) of each piece: parts [N, piece, 2, C].
template <class T, int n>
struct GradientSums {
  static constexpr int threads = Rows::threads, phases = 2;
  using Shared = LaneSums<n>;
  using Local = Nothing;
  Rows rows;
  const T *x, *grad;
  std::int64_t grad_stride;
  const float* table;
  std::int64_t table_step;
  double* parts;

  template <int phase>
  SCAFFOLD_BOTH void run(const Place& at, Local&, Shared& shared) const {
    if constexpr (phase == 0) {
      const Share<n> share(rows, at);
      if (!share.active) return;
      const float* of_sample = table + at.z * rows.channels + share.channel;
      float a[n], b[n], m[n], sum[n] = {}, product[n] = {};
      load(of_sample + scale * table_step, a);
      load(of_sample + shift * table_step, b);
      load(of_sample + mean * table_step, m);
      SCAFFOLD_UNROLL(4)
      for (std::int64_t row = share.row; row < share.end; row += share.step) {
        float v[n], g[n];
        load(x + row * rows.channels + share.channel, v);
        load(grad + row * grad_stride + share.channel, g);
        SCAFFOLD_UNROLL(n)
        for (int k = 0; k < n; ++k) {
          const float through = passed(g[k], v[k], a[k], b[k]);
          sum[k] += through;
          product[k] = fmaf(through, v[k] - m[k], product[k]);
        }
      }
      shared.keep(at.thread, sum, product);
    } else {
      double* part = parts + (at.z * rows.pieces() + at.x) * 2 * rows.channels;
      shared.each(rows, at, [&](std::int64_t channel, double sum, double product) {
        part[channel] = sum;
        part[rows.channels + channel] = product;
      });
    }
  }
};

/// dx = g·scale + (x − mean)·for_x + constant [2, N, C]: fused/norm.cpp has the formula. And the gradients of
/// weight and bias, summed over samples. A thread a channel.
struct GradientConstants {
  static constexpr int threads = 128, phases = 1;
  using Shared = Nothing;
  using Local = Nothing;
  std::int64_t samples, channels, groups;
  double size;
  const double *by_channel, *by_group;
  const float* inverse;  ///< [N, C]
  float *coefficients, *weight, *bias;

  template <int phase>
  SCAFFOLD_BOTH void run(const Place& at, Local&, Shared&) const {
    const std::int64_t c = static_cast<std::int64_t>(at.x) * threads + at.thread;
    if (c >= channels) return;
    double for_weight = 0, for_bias = 0;
    for (std::int64_t s = 0; s < samples; ++s) {
      const std::int64_t i = s * channels + c;
      const auto r = static_cast<double>(inverse[i]);
      const double* group = by_group + 2 * (s * groups + c / (channels / groups));
      coefficients[i] = static_cast<float>(-r * r * group[1] / size);
      coefficients[samples * channels + i] = static_cast<float>(-r * group[0] / size);
      for_bias += by_channel[2 * s * channels + c];
      for_weight += by_channel[(2 * s + 1) * channels + c] * r;
    }
    weight[c] = static_cast<float>(for_weight);
    bias[c] = static_cast<float>(for_bias);
  }
};

template <class T, int n>
struct NormGradient {
  static constexpr int threads = Rows::threads, phases = 1;
  using Shared = Nothing;
  using Local = Nothing;
  Rows rows;
  const T *x, *grad;
  std::int64_t grad_stride;
  const float *table, *coefficients;
  std::int64_t table_step;
  T* into;  ///< may be grad: an element is read before it is written, by the same thread

  template <int phase>
  SCAFFOLD_BOTH void run(const Place& at, Local&, Shared&) const {
    const Share<n> share(rows, at);
    if (!share.active) return;
    const std::int64_t of_sample = at.z * rows.channels + share.channel;
    float a[n], b[n], m[n], for_x[n], rest[n];
    load(table + of_sample + scale * table_step, a);
    load(table + of_sample + shift * table_step, b);
    load(table + of_sample + mean * table_step, m);
    load(coefficients + of_sample, for_x);
    load(coefficients + of_sample + table_step, rest);
    SCAFFOLD_UNROLL(4)
    for (std::int64_t row = share.row; row < share.end; row += share.step) {
      const std::int64_t i = row * rows.channels + share.channel;
      float v[n], g[n];
      load(x + i, v);
      load(grad + row * grad_stride + share.channel, g);
      SCAFFOLD_UNROLL(n)
      for (int k = 0; k < n; ++k) {
        const float through = passed(g[k], v[k], a[k], b[k]);
        g[k] = fmaf(through, a[k], fmaf(v[k] - m[k], for_x[k], rest[k]));
      }
      store(into + i, g);
    }
  }
};

}  // namespace scaffold::gpu
