// The convolutions by kernels of ours against ATen's in float64.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <rapidcheck.h>

#include "catch.hpp"
#include "difference.hpp"
#include "nn/fused/image.hpp"
#include "nn/fused/kernels.hpp"
#include "nn/fused/up.hpp"
#include "nn/fused/winograd.hpp"

using namespace scaffold;
using namespace scaffold::fused;

namespace {

at::Tensor exact(const at::Tensor& x) { return x.to(at::kDouble); }

struct ConvolutionCase {
  std::int64_t samples, channels, outputs;
  std::array<std::int64_t, 3> extent;
  Padding padding;
  at::ScalarType type;
  int layout;  ///< 0 plain, 1 channels-last, 2 a range of a wider tensor's channels
  bool normalized;

  at::Tensor volume(std::int64_t channels_of_it, std::array<std::int64_t, 3> e) const {
    const at::Tensor wide =
        at::randn({samples, 2 * channels_of_it, e[0], e[1], e[2]})
            .to(type)
            .contiguous(layout == 0 ? at::MemoryFormat::Contiguous : at::MemoryFormat::ChannelsLast3d);
    const at::Tensor half = wide.narrow(1, channels_of_it, channels_of_it);
    return layout == 2 ? half : half.contiguous(wide.suggest_memory_format());
  }
};

ConvolutionCase any_convolution() {
  const auto between = [](std::int64_t from, std::int64_t to) {
    return *rc::gen::inRange<std::int64_t>(from, to + 1);
  };
  const std::int64_t panel = kernels().panel;
  ConvolutionCase c{};
  c.samples = between(1, 2);
  c.channels = panel * between(1, 3);
  c.outputs = panel * between(1, 3);
  for (int axis = 0; axis < 3; ++axis) {
    c.padding[axis] = between(0, 1);
    c.extent[axis] = between(3, 11);
  }
  c.type = between(0, 2) ? at::kFloat : at::kBFloat16;
  c.layout = static_cast<int>(between(0, 2));
  c.normalized = between(0, 1);
  return c;
}

double bound(at::ScalarType type) { return type == at::kFloat ? 1e-5 : 0.01; }

}  // namespace

TEST_CASE("convolutions by Winograd and their gradients equal ATen's") {
  CHECK(rc::check([] {
    const ConvolutionCase c = any_convolution();
    const at::Tensor x = c.volume(c.channels, c.extent);
    const at::Tensor weight = (at::randn({c.outputs, c.channels, 3, 3, 3}) / 10).to(c.type);
    InputNorm norm;
    at::Tensor in = exact(x);
    if (c.normalized) {
      norm = {at::randn({c.samples, c.channels}), at::randn({c.samples, c.channels})};
      const auto by_channel = [](const at::Tensor& t) {
        return exact(t).unsqueeze(2).unsqueeze(3).unsqueeze(4);
      };
      in = (in * by_channel(norm.scale) + by_channel(norm.shift)).relu();
    }
    const at::Tensor y = winograd_convolution(x, weight, c.padding, norm);
    const at::Tensor expected = at::conv3d(in, exact(weight), {}, 1, c.padding);
    RC_ASSERT(y.scalar_type() == c.type);
    RC_ASSERT(difference(y, expected) < bound(c.type));

    const at::Tensor grad = c.volume(c.outputs, {expected.size(2), expected.size(3), expected.size(4)});
    const auto [grad_x, grad_weight, none] =
        at::convolution_backward(exact(grad), in, exact(weight), c10::nullopt, {1, 1, 1}, c.padding,
                                 {1, 1, 1}, false, {0, 0, 0}, 1, {true, true, false});
    const auto found = winograd_input_gradients(grad, weight, c.padding, {c.channels});
    RC_ASSERT(difference(found.at(0), grad_x) < bound(c.type));
    RC_ASSERT(difference(winograd_weight_gradient(grad, x, c.padding, norm), grad_weight) < bound(c.type));

    // The same channels in two tensors.
    const std::int64_t a = kernels().panel * *rc::gen::inRange<std::int64_t>(0, c.channels / kernels().panel);
    if (a == 0 || c.normalized) return;
    const at::Tensor left = x.narrow(1, 0, a), right = x.narrow(1, a, c.channels - a).contiguous();
    const auto parts = winograd_input_gradients(grad, weight, c.padding, {a, c.channels - a});
    RC_ASSERT(at::equal(winograd_convolution({left, right}, weight, c.padding), y));
    RC_ASSERT(at::equal(at::cat(parts, 1), found[0]));
    RC_ASSERT(at::equal(winograd_weight_gradient(grad, {left, right}, c.padding),
                        winograd_weight_gradient(grad, x, c.padding)));
  }));
}

TEST_CASE("the convolution of an image and its weight gradient equal ATen's") {
  CHECK(rc::check([] {
    ConvolutionCase c = any_convolution();
    c.channels = image_channels;
    c.extent[2] = *rc::gen::inRange<std::int64_t>(3, 40);
    const at::Tensor x = c.volume(c.channels, c.extent);
    const at::Tensor weight = at::randn({c.outputs, c.channels, 3, 3, 3}).to(c.type);
    const at::Tensor expected = at::conv3d(exact(x), exact(weight), {}, 1, c.padding);
    const at::Tensor grad = c.volume(c.outputs, {expected.size(2), expected.size(3), expected.size(4)});
    const at::Tensor grad_weight = std::get<1>(
        at::convolution_backward(exact(grad), exact(x), exact(weight), c10::nullopt, {1, 1, 1}, c.padding,
                                 {1, 1, 1}, false, {0, 0, 0}, 1, {false, true, false}));
    RC_ASSERT(difference(image_convolution(x, weight, c.padding), expected) < bound(c.type));
    RC_ASSERT(difference(image_weight_gradient(grad, x, c.padding), grad_weight) < bound(c.type));
  }));
}

TEST_CASE("the up-convolution as matrix products equals ATen's, with its gradients") {
  for (const bool with_bias : {true, false}) {
    const at::Tensor x = at::randn({2, 12, 3, 4, 5}).contiguous(at::MemoryFormat::ChannelsLast3d);
    const at::Tensor kernel = at::randn({12, 6, 2, 2, 2}), bias = with_bias ? at::randn({6}) : at::Tensor();
    const at::Tensor wide_x = exact(x).requires_grad_(true), wide_kernel = exact(kernel).requires_grad_(true),
                     wide_bias = (with_bias ? exact(bias) : at::zeros({6}, at::kDouble)).requires_grad_(true);
    const at::Tensor expected = at::conv_transpose3d(wide_x, wide_kernel, wide_bias, 2);
    const at::Tensor grad = at::randn(expected.sizes());
    (expected * grad).sum().backward();
    CHECK(difference(up_convolution(x, kernel, bias), expected) < 1e-5);
    const auto [grad_x, grad_kernel, grad_bias] = up_backward(grad, x, kernel);
    CHECK(difference(grad_x, wide_x.grad()) < 1e-5);
    CHECK(difference(grad_kernel, wide_kernel.grad()) < 1e-5);
    CHECK(difference(grad_bias, wide_bias.grad()) < 1e-5);
  }
}

TEST_CASE("wide convolutions by Winograd, whose weights are transformed in parts") {
  for (const auto& [channels, outputs] : {std::pair{512, 128}, {64, 1024}, {1024, 320}}) {
    const at::Tensor x = at::randn({1, channels, 5, 6, 7}), grad = at::randn({1, outputs, 5, 6, 7});
    const at::Tensor weight = at::randn({outputs, channels, 3, 3, 3});
    const auto [grad_x, grad_weight, none] =
        at::convolution_backward(exact(grad), exact(x), exact(weight), c10::nullopt, {1, 1, 1}, {1, 1, 1},
                                 {1, 1, 1}, false, {0, 0, 0}, 1, {true, true, false});
    const Padding one{1, 1, 1};
    CHECK(difference(winograd_convolution(x, weight, one), at::conv3d(exact(x), exact(weight), {}, 1, 1)) <
          1e-5);
    CHECK(difference(winograd_input_gradients(grad, weight, one, {channels})[0], grad_x) < 1e-5);
    CHECK(difference(winograd_weight_gradient(grad, x, one), grad_weight) < 1e-5);
  }
}

TEST_CASE("convolutions by Winograd have the same bits on any number of threads") {
  const at::Tensor x = at::randn({2, 64, 20, 18, 22}), grad = at::randn({2, 64, 20, 18, 22});
  const at::Tensor weight = at::randn({64, 64, 3, 3, 3});
  const int before = at::get_num_threads();
  std::vector<std::vector<at::Tensor>> results;
  for (const int n : {1, 2, 3, 4}) {
    at::set_num_threads(n);
    results.push_back({winograd_convolution(x, weight, {1, 1, 1}),
                       winograd_input_gradients(grad, weight, {1, 1, 1}, {64})[0],
                       winograd_weight_gradient(grad, x, {1, 1, 1}),
                       image_weight_gradient(grad, x.narrow(1, 0, 3), {1, 1, 1})});
  }
  at::set_num_threads(before);
  for (const auto& result : results)
    for (std::size_t i = 0; i < result.size(); ++i) CHECK(at::equal(result[i], results[0][i]));
}

TEST_CASE("a NaN passes through a convolution by Winograd with its norm") {
  at::Tensor x = at::randn({1, 32, 4, 4, 4});
  x[0][5][1][2][3] = std::nan("");
  const InputNorm norm{at::ones({1, 32}), at::zeros({1, 32})};
  CHECK(winograd_convolution(x, at::randn({32, 32, 3, 3, 3}), {1, 1, 1}, norm).isnan().any().item<bool>());
}
