// You et al., "Large batch optimization for deep learning", arXiv:1904.00962, algorithm 2: Adam's
// bias-corrected direction r (β 0.9 and 0.999, ε 1e-6), of each parameter tensor scaled by |w| / |r|, or by 1
// where either norm is 0; φ is the identity. No weight decay.
#include <ATen/ATen.h>

#include <cmath>

#include "nn/optimizer.hpp"

namespace scaffold {
namespace {

class Lamb : public Optimizer {
 public:
  explicit Lamb(std::vector<at::Tensor> parameters)
      : Optimizer(std::move(parameters), {"exp_avg", "exp_avg_sq"}) {}

 protected:
  void update(const std::vector<at::Tensor>& gradients, double learning_rate,
              double gradient_scale) override {
    constexpr double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-6;
    if (gradient_scale != 1) at::_foreach_mul_(gradients, gradient_scale);
    auto &mean = state(0), &square = state(1);
    at::_foreach_mul_(mean, beta1);
    at::_foreach_add_(mean, gradients, 1 - beta1);
    at::_foreach_mul_(square, beta2);
    at::_foreach_addcmul_(square, gradients, gradients, 1 - beta2);
    const double correction1 = 1 - std::pow(beta1, static_cast<double>(steps()));
    const double correction2 = 1 - std::pow(beta2, static_cast<double>(steps()));
    auto denominator = at::_foreach_sqrt(at::_foreach_div(square, correction2));
    at::_foreach_add_(denominator, epsilon);
    const auto direction = at::_foreach_div(at::_foreach_div(mean, correction1), denominator);
    const auto weight_norms = at::_foreach_norm(parameters(), 2),
               direction_norms = at::_foreach_norm(direction, 2);
    for (std::size_t i = 0; i < parameters().size(); ++i) {
      const at::Tensor &w = weight_norms[i], &r = direction_norms[i];
      const at::Tensor ratio = at::where(w.gt(0).logical_and(r.gt(0)), w / r, at::ones_like(w));
      parameters()[i].sub_(direction[i] * (ratio * learning_rate));
    }
  }
};

}  // namespace

OptimizerInfo lamb_optimizer() {
  return {2, [](std::vector<at::Tensor> parameters, bool) -> std::unique_ptr<Optimizer> {
            return std::make_unique<Lamb>(std::move(parameters));
          }};
}

}  // namespace scaffold
