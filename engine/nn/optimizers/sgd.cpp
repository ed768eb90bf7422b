// Stochastic gradient descent without momentum or weight decay.
#include <ATen/ATen.h>

#include "nn/optimizer.hpp"

namespace scaffold {
namespace {

class Sgd : public Optimizer {
 public:
  explicit Sgd(std::vector<at::Tensor> parameters) : Optimizer(std::move(parameters), {}) {}

 protected:
  void update(const std::vector<at::Tensor>& gradients, double learning_rate,
              double gradient_scale) override {
    if (gradient_scale != 1) at::_foreach_mul_(gradients, gradient_scale);
    at::_foreach_add_(parameters(), gradients, -learning_rate);
  }
};

}  // namespace

OptimizerInfo sgd_optimizer() {
  return {0, [](std::vector<at::Tensor> parameters, bool) -> std::unique_ptr<Optimizer> {
            return std::make_unique<Sgd>(std::move(parameters));
          }};
}

}  // namespace scaffold
