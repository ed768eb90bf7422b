// The optimizer's passes over all parameters at once: float32 on a CPU.
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

namespace scaffold::fused {

using Tensors = std::vector<at::Tensor>;

/// Whether all of them are float32 on a CPU and each `other` has the memory order of its parameter.
bool supports(const Tensors& parameters, const Tensors& other);

/// Σ x² over all tensors, in float64.
double sum_of_squares(const Tensors& tensors);

/// Adam's update by gradient · gradient_scale: β 0.9 and 0.999, ε 1e-8; `step` counts from 1.
void adam(const Tensors& parameters, const Tensors& gradients, const Tensors& mean, const Tensors& square,
          std::int64_t step, double learning_rate, double gradient_scale);

}  // namespace scaffold::fused
