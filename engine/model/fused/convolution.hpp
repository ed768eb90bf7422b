// The network's 3³ convolution on a CPU, with a kernel of ours for the gradient of its weights where that is
// faster than oneDNN's (docs/performance.md).
#pragma once
#include <ATen/core/Tensor.h>

namespace scaffold::fused {

/// Padding 1, no bias: x [N, C, D, H, W], weight [O, C, 3, 3, 3], of one type → [N, O, D, H, W].
at::Tensor cubic_convolution(const at::Tensor& x, const at::Tensor& weight);

/// The same without a graph.
at::Tensor cubic_forward(const at::Tensor& x, const at::Tensor& weight);

struct ConvolutionGradients {
  at::Tensor x, weight;  ///< undefined unless asked for
};
/// From the gradient of its output.
ConvolutionGradients cubic_backward(const at::Tensor& grad, const at::Tensor& x, const at::Tensor& weight,
                                    bool for_x, bool for_weight);

/// The weight's gradient by our kernel, whatever is faster: float32 on a CPU, outputs a multiple of 4.
at::Tensor cubic_weight_gradient(const at::Tensor& grad, const at::Tensor& x);

}  // namespace scaffold::fused
