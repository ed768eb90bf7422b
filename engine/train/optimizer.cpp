#include "train/optimizer.hpp"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace scaffold {
namespace {

std::vector<at::Tensor> gradients(const std::vector<at::Tensor>& parameters) {
  std::vector<at::Tensor> grads;
  grads.reserve(parameters.size());
  for (const auto& parameter : parameters) grads.push_back(parameter.grad());
  return grads;
}

}  // namespace

OptimizerKind optimizer_kind(const std::string& key) {
  std::string lower = key;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (lower == "adam") return OptimizerKind::adam;
  if (lower == "sgd") return OptimizerKind::sgd;
  if (lower == "rmsprop") return OptimizerKind::rmsprop;
  throw ConfigError("optimizer: '" + key + "' is not one of ADAM, SGD, RMSProp");
}

int optimizer_states(OptimizerKind kind) {
  return kind == OptimizerKind::adam ? 2 : kind == OptimizerKind::rmsprop ? 1 : 0;
}

Optimizer::Optimizer(OptimizerKind kind, std::vector<at::Tensor> parameters)
    : kind_(kind), parameters_(std::move(parameters)) {
  const auto zeros = [&](const char* name) {
    Slot slot{name, {}};
    for (const auto& parameter : parameters_) slot.value.push_back(at::zeros_like(parameter.detach()));
    slots_.push_back(std::move(slot));
  };
  if (kind == OptimizerKind::adam) {
    zeros("exp_avg");
    zeros("exp_avg_sq");
    for (const auto& parameter : parameters_)
      step_tensors_.push_back(
          at::zeros({}, at::TensorOptions().dtype(at::kFloat).device(parameter.device())));
  } else if (kind == OptimizerKind::rmsprop) {
    zeros("square_avg");
  }
}

void Optimizer::set_steps(std::int64_t steps) {
  steps_ = steps;
  for (auto& tensor : step_tensors_) tensor.fill_(static_cast<double>(steps));
}

void Optimizer::step(double learning_rate) {
  const c10::NoGradGuard no_grad;
  const auto grads = gradients(parameters_);
  ++steps_;
  switch (kind_) {
    case OptimizerKind::adam:
      at::_foreach_add_(step_tensors_, 1);
      at::_fused_adam_(parameters_, grads, slots_[0].value, slots_[1].value, {}, step_tensors_, learning_rate,
                       0.9, 0.999, 0.0, 1e-8, false, false);
      break;
    case OptimizerKind::rmsprop: {
      auto& square = slots_[0].value;
      at::_foreach_mul_(square, 0.99);
      at::_foreach_addcmul_(square, grads, grads, 0.01);
      auto denominator = at::_foreach_sqrt(square);
      at::_foreach_add_(denominator, 1e-8);
      at::_foreach_addcdiv_(parameters_, grads, denominator, -learning_rate);
      break;
    }
    case OptimizerKind::sgd:
      at::_foreach_add_(parameters_, grads, -learning_rate);
      break;
  }
}

double clip_gradients(const std::vector<at::Tensor>& parameters, double max_norm) {
  const c10::NoGradGuard no_grad;
  const auto grads = gradients(parameters);
  const double norm = at::stack(at::_foreach_norm(grads, 2)).norm().item<double>();
  const double scale = max_norm / (norm + 1e-6);
  if (std::isfinite(norm) && scale < 1) at::_foreach_mul_(grads, scale);
  return norm;
}

}  // namespace scaffold
