// 2³ maximum pooling in channels-last that keeps no indices: the backward pass finds the maxima again, and
// adds what came back through the skip connection in the same pass.
#pragma once
#include <ATen/core/Tensor.h>

namespace scaffold::fused {

struct Pooled {
  at::Tensor skip;    ///< x itself
  at::Tensor pooled;  ///< [N, C, D/2, H/2, W/2]
};

/// x [N, C, D, H, W], float32 or bfloat16 on a CPU or a GPU, D, H, W even. As at::max_pool3d, of equal values
/// the first in memory order gets the gradient.
Pooled pool(const at::Tensor& x);

}  // namespace scaffold::fused
