// Kingma and Ba, arXiv:1412.6980: β 0.9 and 0.999, ε 1e-8, no weight decay.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "core/text.hpp"
#include "nn/fused/kernels.hpp"
#include "nn/fused/update.hpp"
#include "nn/optimizer.hpp"

namespace scaffold {
namespace {

class Adam : public Optimizer {
 public:
  Adam(std::vector<at::Tensor> given, bool fused)
      : Optimizer(std::move(given), {"exp_avg", "exp_avg_sq"}), fused_(fused) {
    for (const auto& parameter : parameters())
      step_tensors_.push_back(
          at::zeros({}, at::TensorOptions().dtype(at::kFloat).device(parameter.device())));
  }

  std::string kernel() const override {
    // Gradients lie in memory as their parameters do.
    if (!by_our_kernels(parameters())) return "ATen _fused_adam_";
    return cat("clipping and Adam in one pass, fused kernels (", fused::kernels().name, ")");
  }

  bool steps_on_device() const override { return true; }
  void step_on_device(const at::Tensor& learning_rate, const at::Tensor& norm, double max_norm) override {
    const c10::NoGradGuard no_grad;
    // Torch's fused Adam divides the gradients by a scale, and does nothing where it is told of an infinity.
    const at::Tensor divisor = ((norm + 1e-6) / max_norm).clamp_min(1).to(at::kFloat);
    const at::Tensor broken = norm.isfinite().logical_not().to(at::kFloat);
    at::_foreach_add_(step_tensors_, 1);
    at::_fused_adam_(parameters(), gradients_of(parameters()), state(0), state(1), {}, step_tensors_,
                     learning_rate, 0.9, 0.999, 0.0, 1e-8, false, false, divisor, broken);
  }

 protected:
  void update(const std::vector<at::Tensor>& gradients, double learning_rate,
              double gradient_scale) override {
    if (by_our_kernels(gradients)) {
      steps_changed();
      return fused::adam(parameters(), gradients, state(0), state(1), steps(), learning_rate, gradient_scale);
    }
    if (gradient_scale != 1) at::_foreach_mul_(gradients, gradient_scale);
    at::_foreach_add_(step_tensors_, 1);
    at::_fused_adam_(parameters(), gradients, state(0), state(1), {}, step_tensors_, learning_rate, 0.9,
                     0.999, 0.0, 1e-8, false, false);
  }
  void steps_changed() override {
    for (auto& tensor : step_tensors_) tensor.fill_(static_cast<double>(steps()));
  }

 private:
  bool by_our_kernels(const std::vector<at::Tensor>& gradients) const {
    return fused_ && fused::supports(parameters(), gradients);
  }

  bool fused_;
  std::vector<at::Tensor> step_tensors_;  ///< what Torch's fused Adam reads the step count from
};

}  // namespace

OptimizerInfo adam_optimizer() {
  return {2, [](std::vector<at::Tensor> parameters, bool fused) -> std::unique_ptr<Optimizer> {
            return std::make_unique<Adam>(std::move(parameters), fused);
          }};
}

}  // namespace scaffold
