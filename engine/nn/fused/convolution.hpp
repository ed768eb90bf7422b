// The network's 3³ convolution on a CPU: by Winograd's filtering where it pays, with a kernel of ours for the
// gradient of the weights where that alone is faster, else oneDNN's (docs/performance.md). No bias, tensors
// of one type: x [N, C, D, H, W], weight [O, C, 3, 3, 3].
#pragma once
#include <ATen/core/Tensor.h>

#include "nn/fused/winograd.hpp"

namespace scaffold::fused {

/// Padding 1 → [N, O, D, H, W], with its gradients.
at::Tensor cubic_convolution(const at::Tensor& x, const at::Tensor& weight);

/// The convolution of two volumes' concatenated channels, which need not be in memory together.
at::Tensor concat_convolution(const at::Tensor& a, const at::Tensor& b, const at::Tensor& weight);

/// Whether the pair below computes a norm on the way; else the caller must.
bool cubic_takes_norm(const at::Tensor& x, std::int64_t outputs);

/// Whether the kernel for the weights' gradient alone is faster than oneDNN's, where neither Winograd's
/// filtering nor the image's kernel is.
bool weight_gradient_is_profitable(const at::Tensor& x, std::int64_t outputs, const Padding& padding);

/// → [N, O, D + 2·padding − 2, …], without a graph.
at::Tensor cubic_forward(const at::Tensor& x, const at::Tensor& weight, const Padding& padding = {1, 1, 1},
                         const InputNorm& norm = {});

struct ConvolutionGradients {
  at::Tensor x, weight;  ///< undefined unless asked for; x: of the normalized input
};
/// From the gradient of its output.
ConvolutionGradients cubic_backward(const at::Tensor& grad, const at::Tensor& x, const at::Tensor& weight,
                                    bool for_x, bool for_weight, const Padding& padding = {1, 1, 1},
                                    const InputNorm& norm = {});

/// The weight's gradient by the kernel for it, whatever is faster: float32 on a CPU, padding 1, outputs a
/// multiple of 4.
at::Tensor cubic_weight_gradient(const at::Tensor& grad, const at::Tensor& x);

}  // namespace scaffold::fused
