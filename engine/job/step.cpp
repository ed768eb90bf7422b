#include "job/step.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "device/device.hpp"
#include "device/trace_mark.hpp"

namespace scaffold {

constexpr const char* advice = "; try a smaller starting_learning_rate, or torch_amp: 0";

TrainingStep::TrainingStep(Network& network, Optimizer& optimizer, ParallelContext& parallel,
                           const Objective& objective, const StepOptions& options)
    : network_(network),
      optimizer_(optimizer),
      parallel_(parallel),
      objective_(objective),
      options_(options) {
  if (!parallel.single_rank())
    reducer_ = std::make_unique<GradientReducer>(network.parameter_tensors(), parallel.gradients(),
                                                 options.reducing);
  if (parallel.single_rank() && !network.device().is_cpu() && options.accumulation == 1 &&
      optimizer.steps_on_device())
    captured_ =
        std::make_unique<CapturedStep>(network, optimizer, objective, make_device_graph(network.device()));
}

StepOutcome TrainingStep::run(Prefetcher& feed, double learning_rate, PhaseSeconds& phases,
                              const std::string& where) {
  return run([&] { return feed.next(options_.local_batch); }, learning_rate, phases, where);
}

/// Its phases cannot be told apart: all is booked under the backward pass.
StepOutcome TrainingStep::run_captured(const Batch& batch, double learning_rate, PhaseSeconds& phases,
                                       const std::string& where) {
  PhaseClock clock;
  const TraceMark mark("step on the device");
  const auto numbers = captured_->run(batch, learning_rate);
  clock.add(phases.backward);
  if (!std::isfinite(numbers.loss))
    throw NumericalError(cat("the loss is ", numbers.loss, " at ", where, advice));
  if (!std::isfinite(numbers.gradient_norm))
    throw NumericalError(cat("a gradient is not finite at ", where, " (loss ", numbers.loss, ")", advice));
  return {numbers.loss, numbers.metric, numbers.gradient_norm, batch.size(),
          parallel_.status_reduce()->signal()};
}

StepOutcome TrainingStep::run(const std::function<Batch()>& next, double learning_rate, PhaseSeconds& phases,
                              const std::string& where) {
  StepOutcome outcome;
  PhaseClock clock;
  std::unique_ptr<ParallelContext::StatusReduce> status;
  for (std::int64_t part = 0; part < options_.accumulation; ++part) {
    const bool last = part + 1 == options_.accumulation;
    TraceMark mark("data wait");
    const Batch batch = next();
    clock.add(phases.data_wait);
    if (captured_) return run_captured(batch, learning_rate, phases, where);
    mark.next("forward");

    if (reducer_ && last) reducer_->prepare();
    const Loss loss = objective_.loss(network_.output(batch), batch, network_.sharding());
    const auto share = static_cast<double>(options_.accumulation);
    outcome.loss += loss.total.item<double>() / share;
    if (loss.metric.defined()) outcome.metric += loss.metric.item<double>() / share;
    outcome.samples += batch.size();
    if (parallel_.single_rank() && !std::isfinite(outcome.loss))
      throw NumericalError(cat("the loss is ", outcome.loss, " at ", where, advice));
    if (last) status = parallel_.status_reduce(!std::isfinite(outcome.loss));
    clock.add(phases.forward);

    mark.next("backward");
    if (part == 0) network_.zero_grad();
    const at::Tensor scaled = options_.accumulation > 1 ? loss.total / options_.accumulation : loss.total;
    reducer_ ? reducer_->backward(scaled) : scaled.backward();
    synchronize(network_.device());
    clock.add(phases.backward);
  }
  if (status->any_failed()) throw NumericalError(cat("the loss of a rank is not finite at ", where, advice));
  outcome.signal = status->signal();

  const TraceMark mark("optimizer");
  outcome.gradient_norm = gradient_norm(network_.parameter_tensors());
  if (!std::isfinite(outcome.gradient_norm))
    throw NumericalError(cat("a gradient is not finite at ", where, " (loss ", outcome.loss, ")", advice));
  optimizer_.step(learning_rate, clipping_factor(outcome.gradient_norm, 1.0));
  clock.add(phases.optimizer);
  return outcome;
}

}  // namespace scaffold
