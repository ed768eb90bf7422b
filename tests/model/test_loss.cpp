#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <vector>

#include "catch.hpp"
#include "fractal_unet/network/loss.hpp"

using namespace scaffold;

namespace {

/// The loss by plain loops in double.
double brute_force(const at::Tensor& logits, const at::Tensor& mask, const std::vector<double>& w) {
  const auto n = logits.size(0), c = logits.size(1), v = logits[0][0].numel();
  const at::Tensor flat = logits.to(at::kDouble).contiguous().view({n, c, v});
  const at::Tensor truth = mask.contiguous().view({n, v});
  const auto* x = flat.data_ptr<double>();
  const auto* t = truth.data_ptr<std::uint8_t>();
  double total = 0;
  for (std::int64_t s = 0; s < n; ++s) {
    double ce = 0, weights = 0, dice = 0;
    std::vector<double> both(c), p_sum(c), t_sum(c);
    for (std::int64_t i = 0; i < v; ++i) {
      double z = 0;
      for (std::int64_t k = 0; k < c; ++k) z += std::exp(x[(s * c + k) * v + i]);
      const int target = t[s * v + i];
      for (std::int64_t k = 0; k < c; ++k) {
        const double p = std::exp(x[(s * c + k) * v + i]) / z;
        p_sum[k] += p;
        if (k == target) both[k] += p, t_sum[k] += 1, ce -= w[k] * std::log(p);
      }
      weights += w[target];
    }
    for (std::int64_t k = 1; k < c; ++k) dice += (2 * both[k] + 1e-6) / (p_sum[k] + t_sum[k] + 1e-6);
    total += ce / weights + 1 - dice / static_cast<double>(c - 1);
  }
  return total / static_cast<double>(n);
}

}  // namespace

TEST_CASE("the loss equals plain loops, also with a batch and an absent class") {
  at::manual_seed(3);
  const at::Tensor logits = at::randn({2, 4, 3, 5, 2}, at::kDouble) * 3;
  at::Tensor mask = at::randint(0, 3, {2, 3, 5, 2}).to(at::kByte);  // class 3 never occurs
  const std::vector<double> w = {1.2, 7.0, 7.0, 7.0};
  const at::Tensor weights = at::tensor(w);
  const double expected = brute_force(logits, mask, w);
  CHECK(segmentation_loss(logits, mask, weights).total.item<double>() == Approx(expected).epsilon(1e-12));
  CHECK(segmentation_loss(logits.to(at::kFloat), mask, weights).total.item<double>() ==
        Approx(expected).epsilon(1e-5));
}

TEST_CASE("the gradient of the loss equals finite differences") {
  at::manual_seed(4);
  const at::Tensor logits = at::randn({2, 3, 2, 2, 2}, at::kDouble).set_requires_grad(true);
  const at::Tensor mask = at::randint(0, 3, {2, 2, 2, 2}).to(at::kByte);
  const std::vector<double> w = {1.1, 5.0, 5.0};
  segmentation_loss(logits, mask, at::tensor(w)).total.backward();
  const at::Tensor grad = logits.grad().contiguous();
  for (std::int64_t i = 0; i < logits.numel(); ++i) {
    const double h = 1e-5;
    at::Tensor up = logits.detach().clone(), down = logits.detach().clone();
    up.view({-1})[i] += h;
    down.view({-1})[i] -= h;
    const double slope = (brute_force(up, mask, w) - brute_force(down, mask, w)) / (2 * h);
    CHECK(grad.view({-1})[i].item<double>() == Approx(slope).margin(1e-8));
  }
}

TEST_CASE("a perfect prediction costs nothing and soft Dice is one where a class is absent") {
  const at::Tensor mask = at::randint(0, 2, {1, 4, 4, 4}).to(at::kByte);
  at::Tensor logits = at::zeros({1, 3, 4, 4, 4});
  logits.scatter_(1, mask.to(at::kLong).unsqueeze(1), 200.0);
  const SegmentationLoss loss = segmentation_loss(logits, mask, at::ones({3}));
  CHECK(loss.total.item<double>() == Approx(0).margin(1e-6));
  CHECK(loss.soft_dice.min().item<double>() == Approx(1).epsilon(1e-6));
}
