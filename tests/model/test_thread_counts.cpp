// The same bits on any number of threads (docs/architecture.md), for layers and for whole training steps.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <rapidcheck.h>
#include <cmath>
#include <cstring>
#include <functional>

#include "catch.hpp"
#include "fractal_unet/network/loss.hpp"
#include "fractal_unet/network/unet.hpp"
#include "nn/fused/image.hpp"
#include "nn/fused/pointwise.hpp"
#include "nn/fused/product.hpp"
#include "nn/fused/up.hpp"
#include "nn/fused/update.hpp"

using namespace scaffold;
using namespace scaffold::fused;

namespace {

using Tensors = std::vector<at::Tensor>;

/// Bit for bit, and so that two NaNs are no excuse.
bool same_bits(const Tensors& a, const Tensors& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const at::Tensor x = a[i].contiguous(), y = b[i].contiguous();
    if (x.sizes() != y.sizes() || std::memcmp(x.const_data_ptr(), y.const_data_ptr(), x.nbytes()) != 0)
      return false;
  }
  return true;
}

/// Whether body() gives the same bits on 1, 2, 3 and 5 threads.
bool on_any_number_of_threads(const std::function<Tensors()>& body) {
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const Tensors expected = body();
  bool same = true;
  for (const int threads : {2, 3, 5}) {
    at::set_num_threads(threads);
    same = same && same_bits(body(), expected);
  }
  at::set_num_threads(before);
  return same;
}

at::Tensor volume(std::int64_t channels, std::int64_t d, std::int64_t h, std::int64_t w) {
  return at::randn({1, channels, d, h, w}).contiguous(at::MemoryFormat::ChannelsLast3d);
}

template <class... T>
Tensors listed(const std::tuple<T...>& all) {
  return std::apply([](const auto&... each) { return Tensors{each...}; }, all);
}

}  // namespace

TEST_CASE("products, and sums over rows, have the same bits on any number of threads") {
  CHECK(rc::check([] {
    const auto size = [](std::int64_t most) { return *rc::gen::inRange<std::int64_t>(1, most); };
    const std::int64_t m = size(300), k = size(300), n = size(300);
    const at::Tensor a = at::randn({m, k}), b = at::randn({k, n}), tall = at::randn({8 * k, size(150)}),
                     beside = at::randn({8 * k, n});
    RC_ASSERT(on_any_number_of_threads([&] {
      const at::Tensor product = at::empty({m, n}), turned = at::empty({n, m}), added = at::ones({m, n});
      multiply(a, b, product);
      multiply(b.t(), a.t(), turned);
      multiply(a, b, added, true);
      return Tensors{product, turned, added, multiply_over_rows(tall, beside), sum_over_rows(tall)};
    }));
    // And they are right.
    const at::Tensor product = at::empty({m, n});
    multiply(a, b, product);
    const auto off = [](const at::Tensor& found, const at::Tensor& exact) {
      return ((found.to(at::kDouble) - exact).abs().max() / exact.abs().max().clamp_min(1e-30))
          .item<double>();
    };
    RC_ASSERT(off(product, at::mm(a.to(at::kDouble), b.to(at::kDouble))) < 1e-5);
    RC_ASSERT(off(multiply_over_rows(tall, beside),
                  at::mm(tall.t().to(at::kDouble), beside.to(at::kDouble))) < 1e-5);
    RC_ASSERT(off(sum_over_rows(tall), tall.to(at::kDouble).sum(0)) < 1e-5);
  }));
}

TEST_CASE("large products, cut into large pieces: the same bits on any number of threads") {
  const at::Tensor a = at::randn({1500, 70}), b = at::randn({70, 1700}), tall = at::randn({600, 1500}),
                   beside = at::randn({600, 1700});
  CHECK(on_any_number_of_threads([&] {
    const at::Tensor product = at::empty({1500, 1700});
    multiply(a, b, product);
    return Tensors{product, multiply_over_rows(tall, beside)};
  }));
}

TEST_CASE(
    "up-convolution, last convolution and the image's weights: the same bits on any number of threads") {
  for (const auto& [channels, edge] : {std::pair<std::int64_t, std::int64_t>{256, 8}, {128, 16}, {64, 6}}) {
    const at::Tensor x = volume(channels, edge, edge, edge),
                     kernel = at::randn({channels, channels / 2, 2, 2, 2}), bias = at::randn({channels / 2}),
                     grad = volume(channels / 2, 2 * edge, 2 * edge, 2 * edge);
    CHECK(on_any_number_of_threads([&] {
      Tensors all = listed(up_backward(grad, x, kernel));
      all.push_back(up_convolution(x, kernel, bias));
      return all;
    }));
  }
  for (const std::int64_t edge : {7, 32}) {
    const at::Tensor x = volume(64, edge, edge, edge), kernel = at::randn({6, 64, 1, 1, 1}),
                     bias = at::randn({6}), grad = volume(6, edge, edge, edge),
                     image = at::randn({1, 3, edge, edge, edge}), image_grad = volume(64, edge, edge, edge);
    CHECK(on_any_number_of_threads([&] {
      Tensors all = listed(pointwise_backward(grad, x, kernel));
      all.push_back(pointwise_convolution(x, kernel, bias));
      all.push_back(image_weight_gradient(image_grad, image, {1, 1, 1}));
      return all;
    }));
  }
}

TEST_CASE("steps of training in float32 have the same bits on any number of threads") {
  at::globalContext().setDeterministicAlgorithms(true, true);  // more_determinism
  UNetOptions options;
  options.classes = 4;
  options.levels = 2;
  options.precision = Precision::float32;
  const at::Tensor image = at::randn({2, 3, 16, 16, 16}),
                   mask = at::randint(0, 4, {2, 16, 16, 16}, at::kByte), weights = at::rand({4}) + 0.5;
  CHECK(on_any_number_of_threads([&] {
    UNet network(options, at::kCPU, 1);
    const Tensors parameters = network.parameter_tensors();
    Tensors all, mean, square;
    for (const at::Tensor& p : parameters) {
      mean.push_back(at::zeros_like(p.detach()));
      square.push_back(at::zeros_like(p.detach()));
    }
    for (int step = 1; step <= 2; ++step) {
      network.zero_grad();
      const SegmentationLoss loss = segmentation_loss(network.forward(image), mask, weights);
      loss.total.backward();
      all.push_back(loss.total.detach().clone());
      Tensors gradients;
      for (const at::Tensor& p : parameters) gradients.push_back(p.grad());
      for (const at::Tensor& g : gradients) all.push_back(g.clone());
      const c10::NoGradGuard no_grad;
      adam(parameters, gradients, mean, square, step, 1e-3, 1 / std::sqrt(sum_of_squares(gradients)));
    }
    for (const at::Tensor& p : parameters) all.push_back(p.detach().clone());
    return all;
  }));
  at::globalContext().setDeterministicAlgorithms(false, false);
}
