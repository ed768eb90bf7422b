#include "nn/optimizer.hpp"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "nn/fused/kernels.hpp"
#include "nn/fused/update.hpp"

namespace scaffold {
namespace {

std::vector<at::Tensor> gradients(const std::vector<at::Tensor>& parameters) {
  std::vector<at::Tensor> grads;
  grads.reserve(parameters.size());
  for (const auto& parameter : parameters) grads.push_back(parameter.grad());
  return grads;
}

void lamb(const std::vector<at::Tensor>& parameters, const std::vector<at::Tensor>& grads,
          std::vector<at::Tensor>& mean, std::vector<at::Tensor>& square, std::int64_t step,
          double learning_rate) {
  constexpr double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-6;
  at::_foreach_mul_(mean, beta1);
  at::_foreach_add_(mean, grads, 1 - beta1);
  at::_foreach_mul_(square, beta2);
  at::_foreach_addcmul_(square, grads, grads, 1 - beta2);
  const double correction1 = 1 - std::pow(beta1, static_cast<double>(step));
  const double correction2 = 1 - std::pow(beta2, static_cast<double>(step));
  auto denominator = at::_foreach_sqrt(at::_foreach_div(square, correction2));
  at::_foreach_add_(denominator, epsilon);
  const auto direction = at::_foreach_div(at::_foreach_div(mean, correction1), denominator);
  const auto weight_norms = at::_foreach_norm(parameters, 2),
             direction_norms = at::_foreach_norm(direction, 2);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const at::Tensor &w = weight_norms[i], &r = direction_norms[i];
    const at::Tensor ratio = at::where(w.gt(0).logical_and(r.gt(0)), w / r, at::ones_like(w));
    parameters[i].sub_(direction[i] * (ratio * learning_rate));
  }
}

}  // namespace

OptimizerKind optimizer_kind(const std::string& key) {
  std::string lower = key;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (lower == "adam") return OptimizerKind::adam;
  if (lower == "sgd") return OptimizerKind::sgd;
  if (lower == "rmsprop") return OptimizerKind::rmsprop;
  if (lower == "lamb") return OptimizerKind::lamb;
  throw ConfigError("optimizer: '" + key + "' is not one of ADAM, SGD, RMSProp, LAMB");
}

int optimizer_states(OptimizerKind kind) {
  switch (kind) {
    case OptimizerKind::rmsprop:
      return 1;
    case OptimizerKind::sgd:
      return 0;
    default:
      return 2;
  }
}

Optimizer::Optimizer(OptimizerKind kind, std::vector<at::Tensor> parameters, bool fused)
    : kind_(kind), parameters_(std::move(parameters)), fused_(fused) {
  const auto zeros = [&](const char* name) {
    Slot slot{name, {}};
    for (const auto& parameter : parameters_) slot.value.push_back(at::zeros_like(parameter.detach()));
    slots_.push_back(std::move(slot));
  };
  if (kind == OptimizerKind::adam || kind == OptimizerKind::lamb) {
    zeros("exp_avg");
    zeros("exp_avg_sq");
  }
  if (kind == OptimizerKind::adam) {
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

bool Optimizer::by_our_kernels(const std::vector<at::Tensor>& gradients) const {
  return kind_ == OptimizerKind::adam && fused_ && fused::supports(parameters_, gradients);
}

std::string Optimizer::kernel() const {
  // Gradients lie in memory as their parameters do.
  if (by_our_kernels(parameters_))
    return cat("clipping and Adam in one pass, fused kernels (", fused::kernels().name, ")");
  return kind_ == OptimizerKind::adam ? "ATen _fused_adam_" : "ATen _foreach operators";
}

void Optimizer::step(double learning_rate, double gradient_scale) {
  const c10::NoGradGuard no_grad;
  const auto grads = gradients(parameters_);
  ++steps_;
  if (by_our_kernels(grads)) {
    for (auto& tensor : step_tensors_) tensor.fill_(static_cast<double>(steps_));
    return fused::adam(parameters_, grads, slots_[0].value, slots_[1].value, steps_, learning_rate,
                       gradient_scale);
  }
  if (gradient_scale != 1) at::_foreach_mul_(grads, gradient_scale);
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
    case OptimizerKind::lamb:
      lamb(parameters_, grads, slots_[0].value, slots_[1].value, steps_, learning_rate);
      break;
    case OptimizerKind::sgd:
      at::_foreach_add_(parameters_, grads, -learning_rate);
      break;
  }
}

void Optimizer::step(const at::Tensor& learning_rate, const at::Tensor& norm, double max_norm) {
  if (kind_ != OptimizerKind::adam) throw Error("only Adam updates from numbers on a device");
  const c10::NoGradGuard no_grad;
  // Torch's fused Adam divides the gradients by a scale, and does nothing where it is told of an infinity.
  const at::Tensor divisor = ((norm + 1e-6) / max_norm).clamp_min(1).to(at::kFloat);
  const at::Tensor broken = norm.isfinite().logical_not().to(at::kFloat);
  at::_foreach_add_(step_tensors_, 1);
  at::_fused_adam_(parameters_, gradients(parameters_), slots_[0].value, slots_[1].value, {}, step_tensors_,
                   learning_rate, 0.9, 0.999, 0.0, 1e-8, false, false, divisor, broken);
}

at::Tensor gradient_norm_tensor(const std::vector<at::Tensor>& parameters) {
  const c10::NoGradGuard no_grad;
  return at::stack(at::_foreach_norm(gradients(parameters), 2)).norm();
}

double gradient_norm(const std::vector<at::Tensor>& parameters) {
  const c10::NoGradGuard no_grad;
  const auto grads = gradients(parameters);
  if (fused::supports(parameters, grads)) return std::sqrt(fused::sum_of_squares(grads));
  return gradient_norm_tensor(parameters).item<double>();
}

double clipping_factor(double norm, double max_norm) { return std::min(1.0, max_norm / (norm + 1e-6)); }

}  // namespace scaffold
