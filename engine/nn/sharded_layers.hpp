// Layers of a volume that is cut into spatial shards (parallel/sharding.hpp).
#pragma once
#include <ATen/core/Tensor.h>

#include "parallel/sharding.hpp"

namespace scaffold {

/// 3³ convolution, padding 1, no bias, of a volume cut along D, H, W: x [N, C, d, h, w] is this shard's
/// block, weight [O, C, 3, 3, 3] → [N, O, d, h, w], this shard's block of the whole volume's convolution. The
/// weight's gradient is this shard's part: the sum over shards is the whole. Halos fly while the interior is
/// computed. `fused`: by the fused kernels where they take it.
at::Tensor sharded_convolution(const at::Tensor& x, const at::Tensor& weight, const ShardingPtr& sharding,
                               bool fused = false);

/// Group norm (epsilon 1e-5) with the statistics of the whole volume, then ReLU: x [N, C, d, h, w]. Gradients
/// of weight and bias are this shard's part.
at::Tensor sharded_group_norm_relu(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                   std::int64_t groups, const ShardingPtr& sharding);

/// values summed over the shards; the gradient passes unchanged, since every shard computes the same loss
/// from the sum and owns only its own part of it.
at::Tensor sum_over_shards(const at::Tensor& values, const ShardingPtr& sharding);

}  // namespace scaffold
