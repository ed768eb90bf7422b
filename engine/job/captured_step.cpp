#include "job/captured_step.hpp"

#include <ATen/ATen.h>

#include "core/log.hpp"

namespace scaffold {

CapturedStep::CapturedStep(Network& network, Optimizer& optimizer, const Objective& objective,
                           std::unique_ptr<DeviceGraph> graph)
    : network_(network),
      optimizer_(optimizer),
      objective_(objective),
      graph_(std::move(graph)),
      state_(graph_ ? State::warming : State::none),
      learning_rate_(at::zeros({}, at::TensorOptions(at::kFloat).device(network.device()))),
      numbers_(at::zeros({3}, at::TensorOptions(at::kFloat).device(network.device()))) {}

/// Always into the same memory: a recorded step reads it there.
void CapturedStep::take(const Batch& batch) {
  const auto fits = [&] {
    if (batch_.fields() != batch.fields()) return false;
    for (std::size_t i = 0; i < batch.fields(); ++i)
      if (batch_[i].sizes() != batch[i].sizes()) return false;
    return true;
  };
  if (fits()) {
    for (std::size_t i = 0; i < batch.fields(); ++i) batch_[i].copy_(batch[i]);
    return;
  }
  if (state_ == State::captured) {
    graph_.reset();
    state_ = State::refused;
    log::info(
        "the batch has another shape than the recorded step: steps are launched one by one from here on");
  }
  batch_ = batch;
  for (std::size_t i = 0; i < batch.fields(); ++i) batch_[i] = batch[i].clone();
  steps_ = 0;
}

void CapturedStep::body() {
  network_.zero_grad();
  const Loss loss = objective_.loss(network_.output(batch_), batch_, network_.sharding());
  loss.total.backward();
  const at::Tensor norm = gradient_norm_tensor(network_.parameter_tensors());
  optimizer_.step_on_device(learning_rate_, norm, 1.0);
  const at::Tensor metric = loss.metric.defined() ? loss.metric : at::zeros_like(norm);
  numbers_.copy_(at::stack({loss.total.detach(), metric, norm}));
}

void CapturedStep::launch() {
  if (state_ == State::captured) return graph_->replay();
  if (state_ != State::warming) return body();
  if (steps_ < warm_up_steps) return graph_->warm_up([this] { body(); });
  std::string error;
  if (graph_->capture([this] { body(); }, error)) {
    state_ = State::captured;
    return graph_->replay();
  }
  state_ = State::refused;
  log::warning("the training step cannot be recorded as a CUDA graph, its kernels are launched one by one: " +
               error);
  body();
}

CapturedStep::Numbers CapturedStep::run(const Batch& batch, double learning_rate) {
  take(batch);
  learning_rate_.fill_(learning_rate);
  launch();
  ++steps_;
  optimizer_.count_step();
  const at::Tensor read = numbers_.to(at::kCPU);  // waits
  const auto* number = read.const_data_ptr<float>();
  return {static_cast<double>(number[0]), static_cast<double>(number[1]), static_cast<double>(number[2])};
}

}  // namespace scaffold
