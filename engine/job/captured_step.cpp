#include "job/captured_step.hpp"

#include <ATen/ATen.h>

#include "core/log.hpp"
#include "fractal_unet/network/loss.hpp"

namespace scaffold {

CapturedStep::CapturedStep(UNet& network, Optimizer& optimizer, const at::Tensor& class_weights,
                           std::unique_ptr<DeviceGraph> graph)
    : network_(network),
      optimizer_(optimizer),
      class_weights_(class_weights),
      graph_(std::move(graph)),
      state_(graph_ ? State::warming : State::none),
      learning_rate_(at::zeros({}, at::TensorOptions(at::kFloat).device(network.device()))),
      numbers_(at::zeros({3}, at::TensorOptions(at::kFloat).device(network.device()))) {}

/// Always into the same memory: a recorded step reads it there.
void CapturedStep::take(const Batch& batch) {
  if (image_.defined() && image_.sizes() == batch.image.sizes()) {
    image_.copy_(batch.image);
    mask_.copy_(batch.mask);
    return;
  }
  if (state_ == State::captured) {
    graph_.reset();
    state_ = State::refused;
    log::info(
        "the batch has another shape than the recorded step: steps are launched one by one from here on");
  }
  image_ = batch.image.clone();
  mask_ = batch.mask.clone();
  steps_ = 0;
}

void CapturedStep::body() {
  network_.zero_grad();
  const at::Tensor logits = network_.forward(image_);
  const Loss loss =
      segmentation_loss(logits, mask_, class_weights_, network_.sharding(), network_.options().fused);
  loss.total.backward();
  const at::Tensor norm = gradient_norm_tensor(network_.parameter_tensors());
  optimizer_.step(learning_rate_, norm, 1.0);
  numbers_.copy_(at::stack({loss.total.detach(), loss.soft_dice.slice(1, 1).mean(), norm}));
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
