#include "nn/optimizer.hpp"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>

#include "config/declare.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "nn/fused/update.hpp"

namespace scaffold {

#define SCAFFOLD_OPTIMIZER(function, name) OptimizerInfo function##_optimizer();
#include "config/optimizers.def"
#undef SCAFFOLD_OPTIMIZER

namespace {

struct AnyCase {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const {
    return std::ranges::lexicographical_compare(
        a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) < std::tolower(y); });
  }
};

std::map<std::string, OptimizerInfo, AnyCase>& optimizers() {
  static std::map<std::string, OptimizerInfo, AnyCase> table = {
#define SCAFFOLD_OPTIMIZER(function, name) {name, function##_optimizer()},
#include "config/optimizers.def"
#undef SCAFFOLD_OPTIMIZER
  };
  return table;
}

}  // namespace

const OptimizerInfo& optimizer_info(std::string_view name) {
  if (const auto found = optimizers().find(name); found != optimizers().end()) return found->second;
  std::string names;
  for (const auto& [each, info] : optimizers()) names += cat(names.empty() ? "" : ", ", each);
  throw ConfigError(cat("optimizer: '", name, "' is not one of ", names));
}

std::unique_ptr<Optimizer> make_optimizer(std::string_view name, std::vector<at::Tensor> parameters,
                                          bool fused) {
  return optimizer_info(name).make(std::move(parameters), fused);
}

void add_optimizer(const std::string& name, const OptimizerInfo& info) {
  declare::add_optimizer_name(name);
  optimizers()[name] = info;
}

Optimizer::Optimizer(std::vector<at::Tensor> parameters, const std::vector<std::string>& slots)
    : parameters_(std::move(parameters)) {
  for (const auto& name : slots) {
    slots_.push_back({name, {}});
    for (const auto& parameter : parameters_)
      slots_.back().value.push_back(at::zeros_like(parameter.detach()));
  }
}

void Optimizer::set_steps(std::int64_t steps) {
  steps_ = steps;
  steps_changed();
}

void Optimizer::step(double learning_rate, double gradient_scale) {
  const c10::NoGradGuard no_grad;
  ++steps_;
  update(gradients_of(parameters_), learning_rate, gradient_scale);
}

void Optimizer::step_on_device(const at::Tensor&, const at::Tensor&, double) {
  throw Error("this optimizer does not update from numbers on a device");
}

std::vector<at::Tensor> gradients_of(const std::vector<at::Tensor>& parameters) {
  std::vector<at::Tensor> grads;
  grads.reserve(parameters.size());
  for (const auto& parameter : parameters) grads.push_back(parameter.grad());
  return grads;
}

at::Tensor gradient_norm_tensor(const std::vector<at::Tensor>& parameters) {
  const c10::NoGradGuard no_grad;
  return at::stack(at::_foreach_norm(gradients_of(parameters), 2)).norm();
}

double gradient_norm(const std::vector<at::Tensor>& parameters) {
  const c10::NoGradGuard no_grad;
  const auto grads = gradients_of(parameters);
  if (fused::supports(parameters, grads)) return std::sqrt(fused::sum_of_squares(grads));
  return gradient_norm_tensor(parameters).item<double>();
}

double clipping_factor(double norm, double max_norm) { return std::min(1.0, max_norm / (norm + 1e-6)); }

}  // namespace scaffold
