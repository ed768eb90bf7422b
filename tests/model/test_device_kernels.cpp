// The GPU's kernels, run by the CPU thread by thread. In this program every fused layer on the CPU goes
// through them (test_fused.cpp is part of it).
#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <rapidcheck.h>

#include <algorithm>

#include "catch.hpp"
#include "core/error.hpp"
#include "device_results.hpp"
#include "difference.hpp"
#include "fractal_unet/cuda/fractal_device.hpp"
#include "fractal_unet/fractal/chains.hpp"
#include "fractal_unet/fractal/voxelize.hpp"
#include "fractal_unet/network/dice.hpp"
#include "fractal_unet/network/loss.hpp"
#include "nn/fused/norm.hpp"
#include "nn/fused/pool.hpp"

using namespace scaffold;

namespace {

const fused::DeviceKernels forwards = device_results::table<false>(),
                           backwards = device_results::table<true>();
const fused::DeviceKernelsOnCpu everywhere(forwards);

std::int64_t between(std::int64_t from, std::int64_t to) {
  return *rc::gen::inRange<std::int64_t>(from, to + 1);
}

using device_results::all_results;
using device_results::channels_last;

}  // namespace

TEST_CASE("device kernels: this program's fused layers go through them") {
  REQUIRE(fused::device_kernels(at::empty({1})) == &forwards);
}

TEST_CASE("device kernels: the order of threads between two barriers does not show in any bit") {
  CHECK(rc::check([] {
    const std::int64_t groups = between(1, 4), c = groups * between(1, 12), n = between(1, 2);
    const std::vector<std::int64_t> shape{n, c, 2 * between(1, 4), 2 * between(1, 6), 2 * between(1, 8)};
    const auto type = between(0, 1) ? at::kFloat : at::kBFloat16;
    const at::Tensor x = channels_last(at::randn(shape).to(type)),
                     grad = channels_last(at::randn(shape).to(type));
    const at::Tensor mask = at::randint(0, c, {n, shape[2], shape[3], shape[4]}).to(at::kByte);
    const at::Tensor weight = at::randn({c});
    const auto a = all_results(forwards, x, grad, mask, weight, groups),
               b = all_results(backwards, x, grad, mask, weight, groups);
    for (std::size_t i = 0; i < a.size(); ++i) RC_ASSERT(at::equal(a[i], b[i]));
  }));
}

TEST_CASE("device kernels: statistics of many blocks and of wide rows equal float64's") {
  struct Shape {
    std::vector<std::int64_t> x;
    std::int64_t groups;
  };
  for (const Shape& shape : {Shape{{1, 8, 32, 40, 32}, 8}, Shape{{2, 24, 20, 18, 22}, 3},
                             Shape{{1, 2080, 2, 2, 3}, 8}, Shape{{1, 1026, 3, 2, 2}, 2}})
    for (const double far : {0.0, 1000.0}) {
      const at::Tensor x = channels_last(at::randn(shape.x) + far), exact = x.to(at::kDouble);
      const std::int64_t n = shape.x[0], c = shape.x[1];
      const at::Tensor found = forwards.norm_statistics(x, shape.groups);
      const auto [variance, mean] = at::var_mean(exact, at::IntArrayRef{2, 3, 4}, 0);
      const auto grouped = [&](const at::Tensor& v) {
        return v.view({n, shape.groups, c / shape.groups}).sum(2);
      };
      CHECK(difference(found.select(2, 0), grouped(mean)) < 1e-7 * (far > 0 ? 1 : 10));
      CHECK(difference(found.select(2, 2), grouped(variance)) < 1e-6);
      const at::Tensor grad = channels_last(at::randn(shape.x)), weight = at::randn({c});
      const at::Tensor constants = forwards.norm_constants(found, static_cast<double>(c / shape.groups),
                                                           weight, at::full({c}, 100.0f));
      const auto sums = forwards.norm_gradient_sums(x, grad, c, constants, weight, shape.groups);
      // Nothing is masked: the bias is far from zero.
      CHECK(difference(sums.by_channel.select(1, 0), grad.to(at::kDouble).sum({2, 3, 4})) < 1e-6);
    }
}

TEST_CASE("device kernels: statistics of two halves add up to the whole's, and so do gradients' sums") {
  const at::Tensor x = channels_last(at::randn({2, 24, 8, 6, 4}) + 3),
                   grad = channels_last(at::randn_like(x));
  const at::Tensor weight = at::randn({24}), bias = at::randn({24});
  const auto half = [](const at::Tensor& t, int i) { return channels_last(t.narrow(2, 4 * i, 4)); };
  const auto& k = forwards;
  const at::Tensor whole = k.norm_constants(k.norm_statistics(x, 4), 6, weight, bias);
  const at::Tensor parts =
      k.norm_constants(k.norm_statistics(half(x, 0), 4) + k.norm_statistics(half(x, 1), 4), 12, weight, bias);
  CHECK(difference(parts, whole) < 1e-5);
  const auto sums = k.norm_gradient_sums(x, grad, 24, whole, weight, 4);
  const auto first = k.norm_gradient_sums(half(x, 0), half(grad, 0), 24, whole, weight, 4),
             second = k.norm_gradient_sums(half(x, 1), half(grad, 1), 24, whole, weight, 4);
  CHECK(difference(first.by_group + second.by_group, sums.by_group) < 1e-5);
}

TEST_CASE("device kernels: counts of many classes, foreign ones apart") {
  const std::int64_t classes = 80;
  const at::Tensor logits = at::randn({classes, 6, 10, 14}),
                   mask = at::randint(0, classes, {6, 10, 14}).to(at::kByte);
  CHECK(logits_confusion(logits, mask) == confusion(predicted_classes(logits), mask, classes));
  mask[0][0][0] = classes;
  CHECK_THROWS_AS(logits_confusion(logits, mask), DataError);
}

TEST_CASE("device kernels: a compact volume becomes its classes' colors") {
  CHECK(rc::check([] {
    const std::int64_t n = between(1, 3), colors = between(1, 9), d = between(1, 9), h = between(1, 9),
                       w = between(1, 9);
    const at::Tensor mask = at::randint(0, colors, {n, d, h, w}).to(at::kByte),
                     palette = at::rand({colors, 3});
    const at::Tensor expected = palette.index({mask.to(at::kLong)}).permute({0, 4, 1, 2, 3});
    RC_ASSERT(at::equal(forwards.expand(mask, palette), expected));
  }));
}

TEST_CASE("device kernels: random words are Philox's") {
  CHECK(rc::check([](std::uint64_t seed, std::uint32_t block, std::uint32_t a, std::uint32_t b) {
    const FractalJob job{{}, 0, seed, 3, a, b};
    std::uint32_t words[4];
    gpu::random_words(job, block, words);
    const PhiloxBlock expected =
        philox({block, 3, a, b}, static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32));
    RC_ASSERT(std::equal(words, words + 4, expected.begin()));
  }));
}

TEST_CASE("device kernels: fractals occupy the CPU's voxels, and chains that run away are told") {
  for (const std::uint64_t points : {1, 2, 32, 33, 34, 1000})
    for (const std::int64_t edge : {1, 5, 32}) {
      const auto tasks = device_results::chains(40);
      std::vector<FractalJob> jobs;
      for (const CloudTask& task : tasks) jobs.push_back(job_of(task));
      const DeviceFractals found =
          gpu::fractals<gpu::Cpu<true>>(at::kCPU, jobs, static_cast<std::int64_t>(points), edge);
      device_results::check_fractals(found, tasks, points, edge);
      if (points < 1000) continue;
      for (const auto state : {FractalState::ok, FractalState::runaway, FractalState::not_finite})
        CHECK(std::count(found.states.begin(), found.states.end(), state) > 2);
    }
}
