// Optimizers at Torch's defaults, each as multi-tensor operations over all parameters. Each is a file in
// nn/optimizers and a line in config/optimizers.def.
//
//   const auto optimizer = make_optimizer("ADAM", network.parameter_tensors());
//   loss.backward();
//   optimizer->step(1e-3, clipping_factor(gradient_norm(network.parameter_tensors()), 1));
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace scaffold {

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// One update from the parameters' gradients, which must all be there, times `gradient_scale`.
  void step(double learning_rate, double gradient_scale = 1);

  /// Whether it updates from numbers that stay on the parameters' device, so that a step can be recorded.
  virtual bool steps_on_device() const { return false; }
  /// Such an update: nothing waits for it. The gradients, whose norm it is given, are clipped to max_norm;
  /// where the norm is not finite nothing changes. count_step() goes with each.
  virtual void step_on_device(const at::Tensor& learning_rate, const at::Tensor& norm, double max_norm);
  void count_step() { ++steps_; }

  /// What computes its updates, for people.
  virtual std::string kernel() const { return "ATen _foreach operators"; }

  struct Slot {
    std::string name;               ///< "exp_avg", "exp_avg_sq", "square_avg"
    std::vector<at::Tensor> value;  ///< like the parameters, in their order
  };
  std::vector<Slot>& slots() { return slots_; }
  const std::vector<Slot>& slots() const { return slots_; }
  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps);

 protected:
  /// With state of these names, zeros at first.
  Optimizer(std::vector<at::Tensor> parameters, const std::vector<std::string>& slots);

  /// Of step number steps(), which is 1 the first time. Without a graph.
  virtual void update(const std::vector<at::Tensor>& gradients, double learning_rate,
                      double gradient_scale) = 0;
  /// Another number of steps has been set.
  virtual void steps_changed() {}

  const std::vector<at::Tensor>& parameters() const { return parameters_; }
  std::vector<at::Tensor>& state(std::size_t slot) { return slots_[slot].value; }

 private:
  std::vector<at::Tensor> parameters_;
  std::vector<Slot> slots_;
  std::int64_t steps_ = 0;
};

struct OptimizerInfo {
  int states = 0;  ///< tensors of state a parameter
  /// `fused`: by the kernels of nn/fused where they take the parameters.
  std::unique_ptr<Optimizer> (*make)(std::vector<at::Tensor> parameters, bool fused) = nullptr;
};

/// By the name that the key `optimizer` has for it, in any case; ConfigError where there is none.
const OptimizerInfo& optimizer_info(std::string_view name);
std::unique_ptr<Optimizer> make_optimizer(std::string_view name, std::vector<at::Tensor> parameters,
                                          bool fused = true);
/// One more, which the key `optimizer` then takes.
void add_optimizer(const std::string& name, const OptimizerInfo& info);

std::vector<at::Tensor> gradients_of(const std::vector<at::Tensor>& parameters);
/// Global L2 norm of the parameters' gradients.
double gradient_norm(const std::vector<at::Tensor>& parameters);
/// The same as a scalar tensor on their device.
at::Tensor gradient_norm_tensor(const std::vector<at::Tensor>& parameters);
/// The factor that brings a gradient of this norm to at most max_norm (Torch's formula: max/(norm + 1e-6)).
double clipping_factor(double norm, double max_norm);

}  // namespace scaffold
