// Hinton's lecture 6e: α 0.99, ε 1e-8, no momentum or weight decay.
#include <ATen/ATen.h>

#include "nn/optimizer.hpp"

namespace scaffold {
namespace {

class RmsProp : public Optimizer {
 public:
  explicit RmsProp(std::vector<at::Tensor> parameters) : Optimizer(std::move(parameters), {"square_avg"}) {}

 protected:
  void update(const std::vector<at::Tensor>& gradients, double learning_rate,
              double gradient_scale) override {
    if (gradient_scale != 1) at::_foreach_mul_(gradients, gradient_scale);
    auto& square = state(0);
    at::_foreach_mul_(square, 0.99);
    at::_foreach_addcmul_(square, gradients, gradients, 0.01);
    auto denominator = at::_foreach_sqrt(square);
    at::_foreach_add_(denominator, 1e-8);
    at::_foreach_addcdiv_(parameters(), gradients, denominator, -learning_rate);
  }
};

}  // namespace

OptimizerInfo rmsprop_optimizer() {
  return {1, [](std::vector<at::Tensor> parameters, bool) -> std::unique_ptr<Optimizer> {
            return std::make_unique<RmsProp>(std::move(parameters));
          }};
}

}  // namespace scaffold
