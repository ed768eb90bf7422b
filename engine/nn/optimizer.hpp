// Adam, SGD, RMSProp and LAMB at Torch's defaults, each as multi-tensor operations over all parameters.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace scaffold {

enum class OptimizerKind { adam, sgd, rmsprop, lamb };
/// "ADAM", "SGD", "RMSProp", "LAMB" in any case.
OptimizerKind optimizer_kind(const std::string& key);
/// State tensors a parameter: Adam and LAMB 2, RMSProp 1, SGD 0.
int optimizer_states(OptimizerKind kind);

/// Adam: Kingma and Ba, arXiv:1412.6980, β 0.9 and 0.999, ε 1e-8. RMSProp: Hinton's lecture 6e, α 0.99, ε
/// 1e-8. SGD without momentum. LAMB: You et al., "Large batch optimization for deep learning",
/// arXiv:1904.00962, algorithm 2: Adam's bias-corrected direction r (β 0.9 and 0.999, ε 1e-6), of each
/// parameter tensor scaled by |w| / |r|, or by 1 where either norm is 0; φ is the identity. No weight decay
/// in any of them.
class Optimizer {
 public:
  /// `fused`: Adam by the kernels of nn/fused where they take the parameters.
  Optimizer(OptimizerKind kind, std::vector<at::Tensor> parameters, bool fused = true);

  /// One update from the parameters' gradients, which must all be there, times `gradient_scale`.
  void step(double learning_rate, double gradient_scale = 1);

  /// Adam's update, of numbers that stay on the parameters' device: nothing waits for it. The gradients,
  /// whose norm it is given, are clipped to max_norm; where the norm is not finite nothing changes.
  /// count_step() goes with each.
  void step(const at::Tensor& learning_rate, const at::Tensor& norm, double max_norm);
  void count_step() { ++steps_; }
  OptimizerKind kind() const { return kind_; }
  /// What computes its updates, for people.
  std::string kernel() const;

  struct Slot {
    std::string name;               ///< "exp_avg", "exp_avg_sq", "square_avg"
    std::vector<at::Tensor> value;  ///< like the parameters, in their order
  };
  std::vector<Slot>& slots() { return slots_; }
  const std::vector<Slot>& slots() const { return slots_; }
  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps);

 private:
  bool by_our_kernels(const std::vector<at::Tensor>& gradients) const;

  OptimizerKind kind_;
  std::vector<at::Tensor> parameters_;
  bool fused_;
  std::vector<Slot> slots_;
  std::vector<at::Tensor> step_tensors_;  ///< what Torch's fused Adam reads the step count from
  std::int64_t steps_ = 0;
};

/// Global L2 norm of the parameters' gradients.
double gradient_norm(const std::vector<at::Tensor>& parameters);
/// The same as a scalar tensor on their device.
at::Tensor gradient_norm_tensor(const std::vector<at::Tensor>& parameters);
/// The factor that brings a gradient of this norm to at most max_norm (Torch's formula: max/(norm + 1e-6)).
double clipping_factor(double norm, double max_norm);

}  // namespace scaffold
