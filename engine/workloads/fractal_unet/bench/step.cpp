#include "fractal_unet/bench/step.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "bench/kernels.hpp"
#include "core/clock.hpp"
#include "core/signals.hpp"
#include "core/text.hpp"
#include "device/device.hpp"
#include "fractal_unet/network/dice.hpp"
#include "fractal_unet/network/flops.hpp"
#include "fractal_unet/network/segmentation.hpp"
#include "fractal_unet/network/volume.hpp"
#include "job/step.hpp"
#include "nn/fused/kernels.hpp"
#include "nn/optimizer.hpp"

namespace scaffold {
namespace {

Batch random_batch(const StepBenchOptions& o) {
  const std::int64_t e = o.edge;
  return {at::rand({o.batch, o.network.in_channels, e, e, e}).to(o.device),
          at::randint(o.network.classes, {o.batch, e, e, e}, at::kByte).to(o.device)};
}

/// One network with its optimizer, and what its steps took.
class Runner {
 public:
  Runner(std::string name, const UNetOptions& network, const StepBenchOptions& o, const Batch& batch)
      : name_(std::move(name)),
        batch_(batch),
        network_(network, o.device, 1),
        optimizer_(make_optimizer("ADAM", network_.parameter_tensors())),
        objective_(at::ones(network.classes).to(o.device), network.fused),
        step_(network_, *optimizer_, alone_, objective_, {o.batch, 1, {}}) {}

  void step(bool counts) {
    PhaseSeconds phases;
    const Stopwatch clock;
    step_.run([&] { return batch_; }, 1e-4, phases, "the benchmark");
    if (!counts) return;
    whole.push_back(clock.seconds());
    forward.push_back(phases.forward);
    backward.push_back(phases.backward);
    update.push_back(phases.optimizer);
  }
  void validate(bool counts) {
    const c10::NoGradGuard no_graph;
    const Stopwatch clock;
    const at::Tensor logits = network_.output(batch_);
    objective_.loss(logits, batch_, nullptr).total.item<double>();
    network_.options().fused
        ? logits_confusion(logits[0], batch_[field::mask][0])
        : confusion(predicted_classes(logits[0]), batch_[field::mask][0], network_.options().classes);
    if (counts) validation.push_back(clock.seconds());
  }

  const std::string& name() const { return name_; }
  std::vector<double> whole, forward, backward, update, validation;

 private:
  std::string name_;
  const Batch& batch_;
  ParallelContext alone_;
  UNet network_;
  std::unique_ptr<Optimizer> optimizer_;
  SegmentationObjective objective_;
  TrainingStep step_;
};

using Part = std::vector<double> Runner::*;

bench::Comparison part(const std::string& name, double flops,
                       const std::vector<std::unique_ptr<Runner>>& runners, Part which,
                       const bench::RoofSamples& roofs = {}) {
  bench::Work work;
  work.flops = flops;
  std::vector<bench::Timed> timed;
  timed.reserve(runners.size());
  for (const auto& runner : runners) timed.push_back({runner->name(), (*runner).*which});
  return bench::compared(name, work, timed, roofs);
}

}  // namespace

std::function<void()> training_step_body(const StepBenchOptions& o) {
  at::set_num_threads(o.threads);
  const auto batch = std::make_shared<Batch>(random_batch(o));
  const auto runner = std::make_shared<Runner>("step", o.network, o, *batch);
  return [batch, runner] { runner->step(false); };
}

bench::Report bench_step(const StepBenchOptions& o) {
  at::set_num_threads(o.threads);
  const Batch batch = random_batch(o);
  std::vector<std::unique_ptr<Runner>> runners;
  UNetOptions network = o.network;
  network.fused = false;
  runners.push_back(std::make_unique<Runner>("plain operators", network, o, batch));
  if (o.network.fused) {
    network.fused = true;
    runners.push_back(std::make_unique<Runner>("fused kernels", network, o, batch));
  }
  at::globalContext().setBenchmarkCuDNN(true);
  const bench::Roof roof =
      matmul_roof(o.network.precision == Precision::bfloat16 ? at::kBFloat16 : at::kFloat, o.device);
  bench::RoofSamples roofs;
  const Stopwatch clock;
  // A GPU's graph is recorded after three steps.
  const int warm_up = o.device.is_cpu() ? o.limits.warm_up : std::max(o.limits.warm_up, 6);
  for (int round = -warm_up;
       round < o.limits.least || (round < o.limits.most && clock.seconds() < o.limits.seconds); ++round) {
    for (auto& runner : runners) {
      signals::check();
      runner->step(round >= 0);
      if (o.validation) runner->validate(round >= 0);
    }
    if (roof && round >= 0) roofs.matmul.push_back(roof());
  }

  const double forward = forward_flops(o.network, o.edge) * static_cast<double>(o.batch);
  const double whole = training_flops(o.network, o.edge) * static_cast<double>(o.batch);
  bench::Report report;
  report.part = "step";
  report.threads = o.threads;
  report.facts = {
      {"network", cat(o.edge, "^3 voxels, batch ", o.batch, ", ", o.network.levels, " poolings, ",
                      human_count(static_cast<double>(parameter_count(o.network))), " parameters")},
      {"precision", o.network.precision == Precision::bfloat16 ? "bfloat16" : "float32"},
      {"device", describe_device(o.device).name}};
  if (o.device.is_cpu()) report.facts.push_back({"instructions", fused::kernels().name});
  report.comparisons = {part("training step", whole, runners, &Runner::whole, roofs)};
  if (o.device.is_cpu()) {  // a GPU's step is one graph
    report.comparisons.push_back(part("of it: forward and loss", forward, runners, &Runner::forward, roofs));
    report.comparisons.push_back(part("of it: backward", whole - forward, runners, &Runner::backward, roofs));
    report.comparisons.push_back(part("of it: clipping and Adam", 0, runners, &Runner::update));
  }
  if (o.validation)
    report.comparisons.push_back(part("validation of a volume", forward / static_cast<double>(o.batch),
                                      runners, &Runner::validation, roofs));
  return report;
}

}  // namespace scaffold
