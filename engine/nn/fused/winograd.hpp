// 3³ convolutions by Winograd's minimal filtering on a CPU: the same function with 3.4 times fewer
// multiplications, rounded a little differently (winograd_body.hpp, docs/performance.md).
#pragma once
#include <ATen/core/Tensor.h>

#include <array>
#include <vector>

namespace scaffold::fused {

/// Zeros on both sides of D, H, W.
using Padding = std::array<std::int64_t, 3>;

/// A function of each channel on the way into a convolution, max(0, x · scale + shift), so that its result
/// need not be stored: float32 [N, C] each; undefined: none.
struct InputNorm {
  at::Tensor scale, shift;
};

/// Whether it is faster than oneDNN for such a convolution. It depends on the CPU's kind, the type and the
/// numbers of channels alone, so a run that is repeated computes the same bits.
bool winograd_is_profitable(const at::Tensor& x, std::int64_t outputs);
/// Whether it can be computed at all: float32 or bfloat16 on a CPU, channels in multiples of the kernels'
/// panel.
bool winograd_takes(const at::Tensor& x, std::int64_t outputs);

/// x: volumes [N, C_i, D, H, W] whose channels stand side by side, as if concatenated; weight [O, ΣC_i, 3, 3,
/// 3] of the same type → [N, O, D + 2·padding − 2, …], channels-last. Each C_i is a multiple of the panel.
at::Tensor winograd_convolution(at::TensorList x, const at::Tensor& weight, const Padding& padding,
                                const InputNorm& norm = {});
/// From the gradient of that output, those of the (normalized) volumes, of so many channels each.
std::vector<at::Tensor> winograd_input_gradients(const at::Tensor& grad, const at::Tensor& weight,
                                                 const Padding& padding, at::IntArrayRef channels);
/// And that of the weight.
at::Tensor winograd_weight_gradient(const at::Tensor& grad, at::TensorList x, const Padding& padding,
                                    const InputNorm& norm = {});

}  // namespace scaffold::fused
