// The layers: plain ATen operators, or their sharded versions (model/sharding.hpp) where a sharding is given.
#pragma once
#include <ATen/ATen.h>

#include "model/precision.hpp"
#include "model/sharding.hpp"

namespace scaffold {

inline at::Tensor to_compute(const at::Tensor& x, Precision precision) {
  return precision == Precision::bfloat16 ? x.to(at::kBFloat16) : x;
}

/// 3³ convolution, padding 1, no bias: x [N, C, D, H, W], weight [O, C, 3, 3, 3] → [N, O, D, H, W].
inline at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, Precision precision,
                              Sharding* sharding) {
  if (sharding)
    return sharded_convolution(to_compute(x, precision), to_compute(weight, precision), *sharding);
  return at::conv3d(to_compute(x, precision), to_compute(weight, precision), {}, 1, 1);
}

/// Transposed convolution, kernel 2, stride 2: [N, C, D, H, W] → [N, O, 2D, 2H, 2W].
inline at::Tensor up_convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                 Precision precision) {
  return at::conv_transpose3d(to_compute(x, precision), to_compute(weight, precision),
                              to_compute(bias, precision), 2);
}

/// 1³ convolution with bias to the classes.
inline at::Tensor head(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                       Precision precision) {
  return at::conv3d(to_compute(x, precision), to_compute(weight, precision), to_compute(bias, precision));
}

/// ReLU(group norm), epsilon 1e-5; statistics and affine parameters stay in float32 whatever x is. As under
/// Torch's autocast, a GPU computes it in float32 and a CPU in x's type.
inline at::Tensor group_norm_relu(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                  std::int64_t groups, Sharding* sharding) {
  const at::Tensor in = x.is_cpu() ? x : x.to(weight.scalar_type());
  if (sharding) return sharded_group_norm_relu(in, weight, bias, groups, *sharding);
  at::Tensor y = at::group_norm(in, groups, weight, bias, 1e-5, false);
  return y.relu_();
}

}  // namespace scaffold
