// The network's up-convolution (transposed, kernel 2, stride 2) as matrix products, its eight taps side by
// side: without AVX-512 oneDNN takes several times as long in channels-last (docs/performance.md).
#pragma once
#include <ATen/core/Tensor.h>

#include <tuple>

namespace scaffold::fused {

/// Whether that is faster, or asked for (more_determinism); it depends on the CPU's kind and the type alone.
bool up_is_profitable(const at::Tensor& x);

/// x [N, C, D, H, W], kernel [C, O, 2, 2, 2], bias [O] or undefined → [N, O, 2D, 2H, 2W], channels-last.
at::Tensor up_convolution(const at::Tensor& x, const at::Tensor& kernel, const at::Tensor& bias);

/// From the gradient of that output, those of x, kernel and bias.
std::tuple<at::Tensor, at::Tensor, at::Tensor> up_backward(const at::Tensor& grad, const at::Tensor& x,
                                                           const at::Tensor& kernel);

}  // namespace scaffold::fused
