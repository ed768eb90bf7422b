// The step that a GPU records, here launched on the CPU or by a stand-in for a graph.
#include <ATen/ATen.h>

#include "catch.hpp"
#include "fractal_unet/network/segmentation.hpp"
#include "fractal_unet/network/unet.hpp"
#include "job/captured_step.hpp"
#include "job/step.hpp"

using namespace scaffold;

namespace {

UNetOptions small() {
  UNetOptions options;
  options.classes = 4;
  options.levels = 1;
  options.width = 8;
  options.groups = 4;
  return options;
}

struct Training {
  UNet network{small(), at::kCPU, 3};
  std::unique_ptr<Optimizer> own_optimizer = make_optimizer("ADAM", network.parameter_tensors());
  Optimizer& optimizer = *own_optimizer;
  SegmentationObjective objective{at::tensor({1.0F, 2.0F, 3.0F, 4.0F}), true};
};

Batch batch(int seed, std::int64_t n = 2) {
  const auto generator = at::make_generator<at::CPUGeneratorImpl>(static_cast<std::uint64_t>(seed));
  return {at::rand({n, 3, 8, 8, 8}, generator), at::randint(4, {n, 8, 8, 8}, generator, at::kByte)};
}

/// Does what a graph does: records without running, and runs at each replay.
class StandIn : public DeviceGraph {
 public:
  explicit StandIn(bool fails) : fails_(fails) {}
  void warm_up(const std::function<void()>& body) override { body(); }
  bool capture(const std::function<void()>& body, std::string& error) override {
    if (fails_) error = "an operator that waits";
    recorded_ = body;
    return !fails_;
  }
  void replay() override { recorded_(); }

 private:
  bool fails_;
  std::function<void()> recorded_;
};

double largest_difference(const UNet& a, const UNet& b) {
  double gap = 0;
  for (std::size_t i = 0; i < a.parameters().size(); ++i)
    gap = std::max(gap, (a.parameters()[i].value - b.parameters()[i].value).abs().max().item<double>());
  return gap;
}

}  // namespace

TEST_CASE("a step whose numbers stay on the device trains as the other one does") {
  Training here, there;
  ParallelContext alone;
  TrainingStep plain(here.network, here.optimizer, alone, here.objective, {2, 1, {}});
  CapturedStep step(there.network, there.optimizer, there.objective, nullptr);
  for (int i = 0; i < 6; ++i) {
    PhaseSeconds phases;
    const double rate = 1e-3 * (i + 1);
    const StepOutcome expected = plain.run([&] { return batch(i); }, rate, phases, "here");
    const auto found = step.run(batch(i), rate);
    CHECK(found.loss == Approx(expected.loss).epsilon(1e-5));
    CHECK(found.metric == Approx(expected.metric).epsilon(1e-5));
    CHECK(found.gradient_norm == Approx(expected.gradient_norm).epsilon(1e-4));
    // Adam's update is its rate times a ratio: where a gradient is nearly zero its rounding shows.
    CHECK(largest_difference(here.network, there.network) < 0.02 * rate * (i + 1));
  }
  CHECK(there.optimizer.steps() == 6);
  CHECK(step.state() == CapturedStep::State::none);
}

TEST_CASE("recorded, refused or launched one by one, steps give the same parameters") {
  Training launched, recorded, refused;
  CapturedStep a(launched.network, launched.optimizer, launched.objective, nullptr);
  CapturedStep b(recorded.network, recorded.optimizer, recorded.objective, std::make_unique<StandIn>(false));
  CapturedStep c(refused.network, refused.optimizer, refused.objective, std::make_unique<StandIn>(true));
  for (int i = 0; i < 7; ++i) {
    for (CapturedStep* step : {&a, &b, &c}) step->run(batch(i), 1e-3);
    CHECK(b.state() == (i < 3 ? CapturedStep::State::warming : CapturedStep::State::captured));
    CHECK(c.state() == (i < 3 ? CapturedStep::State::warming : CapturedStep::State::refused));
  }
  CHECK(largest_difference(launched.network, recorded.network) == 0);
  CHECK(largest_difference(launched.network, refused.network) == 0);
  // A batch of another shape cannot be replayed.
  a.run(batch(9, 1), 1e-3);
  b.run(batch(9, 1), 1e-3);
  CHECK(b.state() == CapturedStep::State::refused);
  CHECK(largest_difference(launched.network, recorded.network) == 0);
}

TEST_CASE("a step on the device whose gradient is not finite changes nothing") {
  Training training, before;
  CapturedStep step(training.network, training.optimizer, training.objective, nullptr);
  Batch broken = batch(1);
  broken[0][0][0][0][0][0] = std::nan("");
  CHECK_FALSE(std::isfinite(step.run(broken, 1e-3).gradient_norm));
  CHECK(largest_difference(training.network, before.network) == 0);
}
