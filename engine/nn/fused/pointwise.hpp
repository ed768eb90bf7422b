// The network's last convolution, of one voxel, as matrix products whose sums have one order on any number of
// threads (nn/fused/product.hpp).
#pragma once
#include <ATen/core/Tensor.h>

#include <tuple>

namespace scaffold::fused {

/// Whether it is used: float32 on a CPU whose other convolutions are ours as well.
bool pointwise_is_profitable(const at::Tensor& x);

/// x [N, C, D, H, W], kernel [O, C, 1, 1, 1], bias [O] or undefined → [N, O, D, H, W], channels-last.
at::Tensor pointwise_convolution(const at::Tensor& x, const at::Tensor& kernel, const at::Tensor& bias);

/// From the gradient of that output, those of x, kernel and bias.
std::tuple<at::Tensor, at::Tensor, at::Tensor> pointwise_backward(const at::Tensor& grad, const at::Tensor& x,
                                                                  const at::Tensor& kernel);

}  // namespace scaffold::fused
