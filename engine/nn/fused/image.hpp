// The network's first 3³ convolution, of an image of three channels, on a CPU.
#pragma once
#include <ATen/core/Tensor.h>

#include "nn/fused/winograd.hpp"

namespace scaffold::fused {

/// Whether the pair below is faster than oneDNN: x [N, 3, D, H, W], float32 or bfloat16 on a CPU. It depends
/// on the CPU's kind, the type and the numbers of channels alone.
bool image_is_profitable(const at::Tensor& x, std::int64_t outputs);

/// weight [O, 3, 3, 3, 3] → [N, O, D + 2·padding − 2, …], channels-last.
at::Tensor image_convolution(const at::Tensor& x, const at::Tensor& weight, const Padding& padding);
/// From the gradient of that output, that of the weight. An image's own gradient nobody needs.
at::Tensor image_weight_gradient(const at::Tensor& grad, const at::Tensor& x, const Padding& padding);

}  // namespace scaffold::fused
