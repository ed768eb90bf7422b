#include <ATen/ATen.h>

#include <cmath>

#include "catch.hpp"
#include "core/error.hpp"
#include "job/trainer.hpp"
#include "nn/optimizer.hpp"
#include "small_run.hpp"

using namespace scaffold;

namespace {

/// One number's update by the published formulas, in double.
struct Scalar {
  double p, m = 0, v = 0;
  void step(const std::string& name, double g, double lr, int t) {
    if (name == "ADAM") {
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      p -= lr * (m / (1 - std::pow(0.9, t))) / (std::sqrt(v / (1 - std::pow(0.999, t))) + 1e-8);
    } else if (name == "RMSProp") {
      v = 0.99 * v + 0.01 * g * g;
      p -= lr * g / (std::sqrt(v) + 1e-8);
    } else {
      p -= lr * g;
    }
  }
};

}  // namespace

TEST_CASE("each optimizer equals its formula over ten steps") {
  for (const std::string name : {"ADAM", "RMSProp", "SGD"}) {
    at::manual_seed(1);
    std::vector<at::Tensor> parameters = {
        at::randn({7}), at::randn({2, 3, 4, 4, 4}).contiguous(at::MemoryFormat::ChannelsLast3d)};
    std::vector<std::vector<Scalar>> expected;
    for (auto& p : parameters) {
      const at::Tensor flat = p.contiguous().flatten();
      expected.emplace_back();
      for (std::int64_t i = 0; i < flat.numel(); ++i) expected.back().push_back({flat[i].item<double>()});
      p.set_requires_grad(true);
    }
    const auto own_optimizer = make_optimizer(name, parameters);
    Optimizer& optimizer = *own_optimizer;
    for (int t = 1; t <= 10; ++t) {
      for (std::size_t k = 0; k < parameters.size(); ++k) {
        const at::Tensor grad = at::randn_like(parameters[k].detach());
        parameters[k].mutable_grad() = grad;
        const at::Tensor flat = grad.contiguous().flatten();
        for (std::int64_t i = 0; i < flat.numel(); ++i)
          expected[k][i].step(name, flat[i].item<double>(), 0.01, t);
      }
      optimizer.step(0.01);
    }
    CHECK(optimizer.steps() == 10);
    for (std::size_t k = 0; k < parameters.size(); ++k) {
      const at::Tensor flat = parameters[k].detach().contiguous().flatten();
      for (std::int64_t i = 0; i < flat.numel(); ++i)
        CHECK(flat[i].item<double>() == Approx(expected[k][i].p).epsilon(1e-4).margin(1e-6));
    }
  }
}

TEST_CASE("clipping scales to the global norm and only when it is above") {
  std::vector<at::Tensor> parameters = {at::zeros({3}), at::zeros({4})};
  for (auto& p : parameters) p.set_requires_grad(true);
  parameters[0].mutable_grad() = at::tensor({3.0F, 0.0F, 0.0F});
  parameters[1].mutable_grad() = at::tensor({0.0F, 4.0F, 0.0F, 0.0F});
  CHECK(gradient_norm(parameters) == Approx(5.0));
  CHECK(clipping_factor(5, 1) == Approx(0.2));
  CHECK(clipping_factor(1, 2) == 1);
  parameters[0].mutable_grad()[0] = NAN;
  CHECK(std::isnan(gradient_norm(parameters)));
}

TEST_CASE("the fused update equals Torch's on clipped gradients") {
  std::vector<at::Tensor> ours, plain;
  for (const std::int64_t n : {1, 7, 100000}) {
    ours.push_back(at::randn({n}));
    plain.push_back(ours.back().clone());
  }
  for (auto* all : {&ours, &plain})
    for (auto& p : *all) p.set_requires_grad(true);
  const auto fused = make_optimizer("ADAM", ours, true), torch = make_optimizer("ADAM", plain, false);
  for (int step = 0; step < 5; ++step) {
    for (std::size_t i = 0; i < ours.size(); ++i) {
      ours[i].mutable_grad() = at::randn_like(ours[i].detach());
      plain[i].mutable_grad() = ours[i].grad().clone();
    }
    double squares = 0;
    for (const auto& p : ours) squares += p.grad().to(at::kDouble).square().sum().item<double>();
    const double norm = gradient_norm(ours);
    CHECK(norm == Approx(std::sqrt(squares)).epsilon(1e-6));
    fused->step(1e-2, clipping_factor(norm, 1));
    torch->step(1e-2, clipping_factor(norm, 1));
    for (std::size_t i = 0; i < ours.size(); ++i)
      CHECK((ours[i] - plain[i]).abs().max().item<double>() < 1e-6);
  }
}

TEST_CASE("optimizer names are read in any case") {
  CHECK(optimizer_info("adam").states == 2);
  CHECK(optimizer_info("rmsprop").states == 1);
  CHECK_THROWS_WITH(optimizer_info("lion"), Catch::Contains("ADAM, LAMB, RMSProp, SGD"));
}

TEST_CASE("LAMB follows its published algorithm, tensor by tensor") {
  // In double, one loop, from algorithm 2 of arXiv:1904.00962 with the identity as phi and no weight decay.
  const std::vector<std::int64_t> sizes{5, 12, 1, 3};
  std::vector<at::Tensor> parameters;
  std::vector<std::vector<double>> w, m, v;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    auto generator = at::make_generator<at::CPUGeneratorImpl>(i + 1);
    // The last tensor begins at zero: its norm gives no scale, and the ratio is 1.
    const at::Tensor start = at::randn({sizes[i]}, generator, at::kFloat) * (i == 3 ? 0 : 1);
    parameters.push_back(start.clone().set_requires_grad(true));
    w.emplace_back(start.data_ptr<float>(), start.data_ptr<float>() + sizes[i]);
    m.emplace_back(sizes[i], 0.0);
    v.emplace_back(sizes[i], 0.0);
  }
  const auto own_optimizer = make_optimizer("LAMB", parameters);
  Optimizer& optimizer = *own_optimizer;
  CHECK(optimizer_info("LAMB").states == 2);
  for (int t = 1; t <= 20; ++t) {
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const at::Tensor g =
          at::randn({sizes[i]}, at::make_generator<at::CPUGeneratorImpl>(100 * t + i), at::kFloat);
      parameters[i].mutable_grad() = g;
      std::vector<double> r(w[i].size());
      double norm_w = 0, norm_r = 0;
      for (std::size_t k = 0; k < r.size(); ++k) {
        const double x = g.data_ptr<float>()[k];
        m[i][k] = 0.9 * m[i][k] + 0.1 * x;
        v[i][k] = 0.999 * v[i][k] + 0.001 * x * x;
        r[k] = m[i][k] / (1 - std::pow(0.9, t)) / (std::sqrt(v[i][k] / (1 - std::pow(0.999, t))) + 1e-6);
        norm_w += w[i][k] * w[i][k];
        norm_r += r[k] * r[k];
      }
      const double ratio = norm_w > 0 && norm_r > 0 ? std::sqrt(norm_w / norm_r) : 1;
      for (std::size_t k = 0; k < r.size(); ++k) w[i][k] -= 0.01 * ratio * r[k];
    }
    optimizer.step(0.01);
  }
  for (std::size_t i = 0; i < sizes.size(); ++i)
    for (std::size_t k = 0; k < w[i].size(); ++k)
      CHECK(parameters[i].data_ptr<float>()[k] == Approx(w[i][k]).epsilon(1e-4).margin(1e-6));
}

namespace {

/// Chen et al., "Symbolic discovery of optimization algorithms", arXiv:2302.06675: β 0.9 and 0.99.
class SignedMomentum : public Optimizer {
 public:
  explicit SignedMomentum(std::vector<at::Tensor> given) : Optimizer(std::move(given), {"momentum"}) {}

 protected:
  void update(const std::vector<at::Tensor>& gradients, double learning_rate, double scale) override {
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      const at::Tensor gradient = gradients[i] * scale;
      parameters()[i].sub_((state(0)[i] * 0.9 + gradient * 0.1).sign() * learning_rate);
      state(0)[i].mul_(0.99).add_(gradient, 0.01);
    }
  }
};

}  // namespace

TEST_CASE("an optimizer of the tests trains, and its state goes through a checkpoint") {
  add_optimizer("TEST_LION", {1, [](std::vector<at::Tensor> parameters, bool) -> std::unique_ptr<Optimizer> {
                                return std::make_unique<SignedMomentum>(std::move(parameters));
                              }});
  CHECK(config_from_yaml_text("optimizer: test_lion", "here").optimizer == "TEST_LION");
  SmallRun small;
  small.config.optimizer = "TEST_LION";
  small.config.epochs = 4;
  small.config.checkpoint_interval = 1;
  const DatasetReader reader(small.info.folder);
  TrainObserver nobody;
  ParallelContext alone;
  Trainer whole(small.options("whole"), reader, nobody, alone);
  whole.run();
  CHECK(whole.epochs().back().overall_loss < whole.epochs().front().overall_loss);
  small.config.epochs = 2;
  Trainer begun(small.options("part"), reader, nobody, alone);
  begun.run();
  small.config.epochs = 4;
  const Checkpoint checkpoint = read_checkpoint(small.folder / "part" / "last.h5");
  REQUIRE(checkpoint.slots.size() == 1);
  CHECK(checkpoint.slots[0].name == "momentum");
  Trainer continued(small.options("part"), reader, nobody, alone);
  continued.resume(checkpoint, small.folder / "part" / "last.h5", checkpoint.epochs);
  continued.run();
  CHECK(continued.epochs().back().overall_loss == whole.epochs().back().overall_loss);
}
