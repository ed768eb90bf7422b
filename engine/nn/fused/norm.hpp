// Group norm and ReLU in one pass over memory each way, on the CPU or a GPU, for float32 and bfloat16 in
// channels-last. Statistics and all arithmetic are in float32, sums are combined in float64. What is kept for
// the backward pass is the input and a few numbers a channel; what passes the ReLU is computed again from
// them.
#pragma once
#include <ATen/core/Tensor.h>

#include "parallel/sharding.hpp"

namespace scaffold::fused {

/// Whether the fused layers take x: float32 or bfloat16 on a CPU, or on a GPU whose plug-in is loaded.
bool supports(const at::Tensor& x);

/// max(0, group norm of x) with epsilon 1e-5: x [N, C, D, H, W] in any layout, weight and bias float32 [C] →
/// channels-last. With a sharding the statistics are the whole volume's, and the gradients of weight and bias
/// are this shard's part.
at::Tensor norm_relu(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                     std::int64_t groups, const ShardingPtr& sharding);

/// The convolutions that follow a group norm in the network.
enum class Epilogue {
  cubic,      ///< 3³, padding 1
  pointwise,  ///< 1³
  up          ///< transposed, kernel 2, stride 2
};

/// The epilogue of norm_relu(x, …), which is computed again in the backward pass instead of being kept: a
/// quarter of a block's memory for one pass over it. kernel is of x's type, its bias too (may be undefined).
/// The sharding concerns the statistics alone: a cubic epilogue needs whole volumes.
at::Tensor norm_relu_convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                 std::int64_t groups, Epilogue epilogue, const at::Tensor& kernel,
                                 const at::Tensor& kernel_bias, const ShardingPtr& sharding);

}  // namespace scaffold::fused
