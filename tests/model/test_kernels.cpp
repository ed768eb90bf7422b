// Every instruction set's kernels that this CPU runs, against plain loops in double.
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "catch.hpp"
#include "nn/fused/kernels.hpp"

using namespace scaffold::fused;

namespace scaffold::fused {
extern const Kernels wide_kernels;  // kernels_wide.cpp
}

namespace {

std::vector<float> random_values(std::size_t n, std::uint32_t seed, float mean = 0) {
  std::mt19937 words(seed);
  std::normal_distribution<float> normal(mean, 1);
  std::vector<float> values(n);
  for (float& v : values) v = normal(words);
  return values;
}

template <class Body>
void with_each(const Body& body) {
  const Kernels* all[3];
  const int count = available(all);
  REQUIRE(count >= 1);
  for (int i = 0; i < count; ++i) {
    INFO(all[i]->name);
    body(*all[i]);
  }
  INFO(wide_kernels.name);
  body(wide_kernels);
}

float bfloat16(BFloat16 v) {
  const std::uint32_t bits = static_cast<std::uint32_t>(v.bits) << 16;
  float out;
  std::memcpy(&out, &bits, 4);
  return out;
}

}  // namespace

TEST_CASE("moments by every instruction set equal plain loops for odd counts and far means") {
  with_each([](const Kernels& kernels) {
    for (const std::int64_t channels : {1, 3, 8, 31, 64, 77})
      for (const std::int64_t rows : {1, 127, 128, 300}) {
        const auto x = random_values(static_cast<std::size_t>(rows * channels), 5, 1000);
        std::vector<double> mean(channels), squares(channels);
        kernels.norm_float.moments(x.data(), rows, channels, mean.data(), squares.data());
        for (std::int64_t c = 0; c < channels; ++c) {
          double m = 0, q = 0;
          for (std::int64_t r = 0; r < rows; ++r) m += x[r * channels + c] / static_cast<double>(rows);
          for (std::int64_t r = 0; r < rows; ++r) q += (x[r * channels + c] - m) * (x[r * channels + c] - m);
          CHECK(mean[c] == Approx(m).epsilon(1e-7));
          CHECK(squares[c] == Approx(q).epsilon(1e-4).margin(1e-6));
        }
      }
  });
}

TEST_CASE("storing bfloat16 rounds to nearest, to even in the middle, and keeps NaN and infinity") {
  with_each([](const Kernels& kernels) {
    // apply() with scale 1 and shift 0 of positive bfloat16 is a copy; with scale s it rounds once.
    constexpr int n = 32;
    float ones[n] = {1.00390625f, 1.00390625f};
    for (int i = 2; i < n; ++i) ones[i] = 1;
    const float zeros[n] = {};
    // The second half holds the first one's neighbors: odd values are kept apart from even ones.
    BFloat16 x[n] = {{0x3F80}, {0x3F81}, {0x7F80}, {0x7FC0}, {0x0001}, {0x7F7F}, {0x4049}, {0x7F81}};
    for (int i = 9; i < 16; ++i) x[i] = x[i - 9 + 1];
    BFloat16 y[n];
    kernels.norm_bfloat16.apply(x, 1, n, ones, zeros, y, n);
    CHECK(y[0].bits == 0x3F80);  // 1 + 2^-8: in the middle, even below
    CHECK(bfloat16(y[1]) == Approx(1.0078125 * 1.00390625).epsilon(0.004));
    CHECK(y[1].bits == 0x3F82);  // 0x3F81 · (1 + 2^-8): just above the middle
    for (int i : {2, 10}) CHECK(y[i].bits == 0x7F80);
    for (int i : {3, 7, 11, 15}) CHECK(std::isnan(bfloat16(y[i])));
    for (int i : {4, 5, 6, 12, 13, 14}) CHECK(y[i].bits == x[i].bits);
  });
}

namespace {

void set(float& to, float from) { to = from; }
void set(BFloat16& to, float from) {
  std::uint32_t bits;
  std::memcpy(&bits, &from, 4);
  to.bits = static_cast<std::uint16_t>(bits >> 16);
}
float get(float v) { return v; }
float get(BFloat16 v) { return bfloat16(v); }

/// Random values that T can hold.
template <class T>
std::vector<T> random_of(std::size_t n, std::uint32_t seed) {
  std::vector<T> values(n);
  const std::vector<float> from = random_values(n, seed, 0.25F);
  for (std::size_t i = 0; i < n; ++i) set(values[i], from[i]);
  return values;
}

/// All four kernels of a norm on rows of x, `stride` values apart in grad and y, by their definition in
/// double.
template <class T>
void check_norm(const NormKernels<T>& norm, std::int64_t rows, std::int64_t channels, std::int64_t stride) {
  INFO(rows << " rows of " << channels << " channels");
  const auto x = random_of<T>(static_cast<std::size_t>(rows * channels), 1);
  const auto grad = random_of<T>(static_cast<std::size_t>(rows * stride), 2);
  const auto n = static_cast<std::size_t>(channels);
  const auto scale = random_values(n, 3, 1), shift = random_values(n, 4), mean = random_values(n, 5),
             for_x = random_values(n, 6), constant = random_values(n, 7);
  std::vector<T> y(static_cast<std::size_t>(rows * stride)), into(x.size());
  std::vector<double> sum(n), product(n), found_mean(n), squares(n);
  norm.moments(x.data(), rows, channels, found_mean.data(), squares.data());
  norm.apply(x.data(), rows, channels, scale.data(), shift.data(), y.data(), stride);
  norm.gradient_sums(x.data(), grad.data(), stride, rows, channels, scale.data(), shift.data(), mean.data(),
                     sum.data(), product.data());
  norm.gradient(x.data(), grad.data(), stride, rows, channels, scale.data(), shift.data(), for_x.data(),
                constant.data(), into.data());

  const double rounding = sizeof(T) == 2 ? 1.0 / 256 : 1e-6;
  double worst_y = 0, worst_gradient = 0, worst_sum = 0;
  for (std::int64_t c = 0; c < channels; ++c) {
    double s = 0, p = 0, m = 0, q = 0, size = 1;
    for (std::int64_t r = 0; r < rows; ++r) m += get(x[r * channels + c]) / static_cast<double>(rows);
    for (std::int64_t r = 0; r < rows; ++r) {
      const double v = get(x[r * channels + c]), g = get(grad[r * stride + c]);
      const double out = v * scale[c] + shift[c], passes = out > 0 ? g : 0;
      const double gradient = passes * scale[c] + v * for_x[c] + constant[c];
      const auto gap = [](double a, double b) { return std::abs(a - b) / (1 + std::abs(b)); };
      worst_y = std::max(worst_y, gap(get(y[r * stride + c]), std::max(out, 0.0)));
      worst_gradient = std::max(worst_gradient, gap(get(into[r * channels + c]), gradient));
      s += passes;
      p += passes * (v - mean[c]);
      q += (v - m) * (v - m);
      size += std::abs(passes) * (1 + std::abs(v - mean[c])) + std::abs(v) + (v - m) * (v - m);
    }
    const double off = std::max({std::abs(s - sum[c]), std::abs(p - product[c]), std::abs(m - found_mean[c]),
                                 std::abs(q - squares[c])});
    worst_sum = std::max(worst_sum, off / size);
  }
  CHECK(worst_y < rounding);
  CHECK(worst_gradient < rounding);
  CHECK(worst_sum < 2e-6);  // a row that is left out: above 1e-3
}

}  // namespace

TEST_CASE("a norm by every instruction set equals plain loops, of any number of channels and rows") {
  with_each([](const Kernels& kernels) {
    for (const std::int64_t channels : {1, 5, 16, 31, 32, 64, 77, 256, 300})
      for (const std::int64_t rows : {1, 7, 16, 267, 600})
        for (const std::int64_t more : {0, 3}) {
          check_norm(kernels.norm_float, rows, channels, channels + more);
          check_norm(kernels.norm_bfloat16, rows, channels, channels + more);
        }
  });
}

TEST_CASE("softmax sums by every instruction set equal plain loops in any layout") {
  with_each([](const Kernels& kernels) {
    for (const int classes : {2, 6, 40})
      for (const bool planar : {false, true}) {
        const std::int64_t voxels = 1000 + classes;
        const auto z = random_values(static_cast<std::size_t>(voxels * classes), 9);
        std::vector<std::uint8_t> mask(voxels);
        for (std::int64_t v = 0; v < voxels; ++v) mask[v] = static_cast<std::uint8_t>(v * 7 % classes);
        const auto weights = random_values(classes, 10, 5);
        const Logits<const float> logits{z.data(), planar ? 1 : classes, planar ? voxels : 1};
        std::vector<double> sums(2 + 2 * classes), expected(2 + 2 * classes);
        REQUIRE(
            kernels.softmax_float.sums(logits, mask.data(), voxels, classes, weights.data(), sums.data()));
        for (std::int64_t v = 0; v < voxels; ++v) {
          double sum = 0;
          const auto at = [&](int c) {
            return std::exp(static_cast<double>(z[v * logits.voxel_stride + c * logits.class_stride]));
          };
          for (int c = 0; c < classes; ++c) sum += at(c);
          const int t = mask[v];
          expected[0] -= weights[t] * std::log(at(t) / sum);
          expected[1] += weights[t];
          for (int c = 0; c < classes; ++c) {
            expected[2 + c] += c == t ? at(c) / sum : 0;
            expected[2 + classes + c] += at(c) / sum + (c == t);
          }
        }
        for (std::size_t i = 0; i < sums.size(); ++i) CHECK(sums[i] == Approx(expected[i]).epsilon(1e-6));
        mask[voxels - 1] = static_cast<std::uint8_t>(classes);
        CHECK_FALSE(
            kernels.softmax_float.sums(logits, mask.data(), voxels, classes, weights.data(), sums.data()));
      }
  });
}

TEST_CASE("weight gradients by every instruction set equal plain loops, also of a part and at the borders") {
  with_each([](const Kernels& kernels) {
    struct Shape {
      std::int64_t depth, height, width, inputs, outputs, first_output, last_output, first_input, last_input;
    };
    for (const Shape& s : {Shape{1, 1, 1, 1, 4, 0, 4, 0, 1}, Shape{3, 4, 5, 3, 8, 0, 8, 0, 3},
                           Shape{2, 70, 9, 35, 12, 4, 12, 16, 35}, Shape{5, 3, 600, 2, 4, 0, 4, 0, 2}}) {
      const auto x = random_values(static_cast<std::size_t>(s.depth * s.height * s.width * s.inputs), 3);
      const std::int64_t stride = s.outputs + 2;
      const auto grad = random_values(static_cast<std::size_t>(s.depth * s.height * s.width * stride), 4);
      const WeightGradient part{s.depth,        s.height,      s.width,       s.inputs,    stride,
                                s.first_output, s.last_output, s.first_input, s.last_input};
      std::vector<float> scratch(static_cast<std::size_t>(weight_gradient_scratch(part)));
      std::vector<float> found(static_cast<std::size_t>(s.outputs * 27 * s.inputs), 1.0F);
      kernels.weight_gradient(x.data(), grad.data(), part, scratch.data(), found.data());
      double worst = 0;
      for (std::int64_t o = 0; o < s.outputs; ++o)
        for (std::int64_t tap = 0; tap < 27; ++tap)
          for (std::int64_t c = 0; c < s.inputs; ++c) {
            double sum = 1;
            const bool asked =
                o >= s.first_output && o < s.last_output && c >= s.first_input && c < s.last_input;
            for (std::int64_t d = 0; asked && d < s.depth; ++d)
              for (std::int64_t h = 0; h < s.height; ++h)
                for (std::int64_t w = 0; w < s.width; ++w) {
                  const std::int64_t a = d + tap / 9 - 1, b = h + tap / 3 % 3 - 1, e = w + tap % 3 - 1;
                  if (a < 0 || b < 0 || e < 0 || a >= s.depth || b >= s.height || e >= s.width) continue;
                  sum += static_cast<double>(grad[((d * s.height + h) * s.width + w) * stride + o]) *
                         static_cast<double>(x[((a * s.height + b) * s.width + e) * s.inputs + c]);
                }
            worst =
                std::max(worst, std::abs(sum - static_cast<double>(found[(o * 27 + tap) * s.inputs + c])));
          }
      CHECK(worst < 2e-4);
    }
  });
}

namespace {

/// Σ over taps and channels by the definition, at output voxel (d, h, w): x [D, H, W, C], weight [O, 27, C].
struct Direct {
  CubicShape s;
  std::int64_t channels;
  template <class Body>  // body(tap, offset of the voxel in x)
  void each_tap(std::int64_t d, std::int64_t h, std::int64_t w, const Body& body) const {
    for (int tap = 0; tap < 27; ++tap) {
      const std::int64_t xd = d + tap / 9 - s.padding[0], xh = h + tap / 3 % 3 - s.padding[1],
                         xw = w + tap % 3 - s.padding[2];
      if (xd < 0 || xd >= s.depth || xh < 0 || xh >= s.height || xw < 0 || xw >= s.width) continue;
      body(tap, ((xd * s.height + xh) * s.width + xw) * channels);
    }
  }
};

}  // namespace

TEST_CASE("convolutions by Winograd equal the definition by every instruction set") {
  with_each([](const Kernels& k) {
    const std::int64_t channels = 2 * k.panel, outputs = k.panel;
    const CubicShape s{5, 4, 6, channels, {1, 0, 1}};
    const std::int64_t voxels = s.outputs(0) * s.outputs(1) * s.outputs(2);
    const std::int64_t tiles = s.tiles(0) * s.tiles(1) * s.tiles(2), room = (tiles + 11) / 12 * 12;
    const auto x = random_values(static_cast<std::size_t>(5 * 4 * 6 * channels), 1);
    const auto weight = random_values(static_cast<std::size_t>(outputs * 27 * channels), 2);
    const auto grad = random_values(static_cast<std::size_t>(voxels * outputs), 3);
    std::vector<float> in(64 * channels * room), products(64 * outputs * room), w(64 * channels * outputs),
        y(voxels * outputs), sums(64 * channels * outputs), grad_weight(outputs * 27 * channels);
    const WinogradArray inputs{in.data(), channels, 12, 64 * channels * 12},
        of_outputs{products.data(), outputs, 12, 64 * outputs * 12};
    k.winograd_float.inputs(x.data(), s, 0, tiles, 0, nullptr, nullptr, inputs, 0);
    k.winograd_float.weights(weight.data(), channels, 0, w.data());
    k.winograd_multiply(inputs, w.data(), room, of_outputs);
    k.winograd_float.outputs(of_outputs, s, 0, tiles, 0, y.data(), outputs);
    k.winograd_float.output_gradients(grad.data(), outputs, s, 0, tiles, of_outputs, 0);
    for (std::int64_t c = 0; c < channels; c += k.panel) {
      float* const sum = sums.data() + c * 64 * outputs;
      for (std::int64_t p = 0; p < 64; ++p)
        k.winograd_multiply_gradient(inputs, of_outputs, tiles, p, c, sum + p * outputs * k.panel);
      k.winograd_float.weight_gradient(sum, channels, outputs, c, grad_weight.data());
    }

    std::vector<double> expected(y.size()), expected_gradient(grad_weight.size());
    for (std::int64_t v = 0; v < voxels; ++v) {
      const std::int64_t d = v / (s.outputs(1) * s.outputs(2)), h = v / s.outputs(2) % s.outputs(1);
      Direct{s, channels}.each_tap(d, h, v % s.outputs(2), [&](int tap, std::int64_t at) {
        for (std::int64_t o = 0; o < outputs; ++o)
          for (std::int64_t c = 0; c < channels; ++c) {
            const std::int64_t of_weight = (o * 27 + tap) * channels + c;
            expected[v * outputs + o] += double{x[at + c]} * weight[of_weight];
            expected_gradient[of_weight] += double{x[at + c]} * grad[v * outputs + o];
          }
      });
    }
    double gap = 0, gradient_gap = 0;
    for (std::size_t i = 0; i < y.size(); ++i) gap = std::max(gap, std::abs(y[i] - expected[i]));
    for (std::size_t i = 0; i < grad_weight.size(); ++i)
      gradient_gap = std::max(gradient_gap, std::abs(grad_weight[i] - expected_gradient[i]));
    CHECK(gap < 5e-4);  // values reach about 100
    CHECK(gradient_gap < 5e-4);
  });
}
