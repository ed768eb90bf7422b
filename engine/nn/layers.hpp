// The layers: fused kernels (nn/fused) where they take the tensor, else plain ATen operators, or their
// sharded versions (parallel/sharding.hpp) where a sharding is given.
#pragma once
#include <ATen/ATen.h>

#include "nn/fused/convolution.hpp"
#include "nn/fused/norm.hpp"
#include "nn/fused/pool.hpp"
#include "nn/precision.hpp"
#include "nn/sharded_layers.hpp"

namespace scaffold {

/// Affine parameters of a group norm, float32 [C] each.
struct NormParameters {
  const at::Tensor &weight, &bias;
};

struct Layers {
  Precision precision;
  std::int64_t groups;   ///< of every group norm
  bool fused;            ///< use the fused kernels where they take the tensor
  ShardingPtr sharding;  ///< null: whole volumes

  at::Tensor to_compute(const at::Tensor& x) const {
    return precision == Precision::bfloat16 ? x.to(at::kBFloat16) : x;
  }

  /// 3³ convolution, padding 1, no bias: x [N, C, D, H, W], weight [O, C, 3, 3, 3] → [N, O, D, H, W].
  at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight) const {
    if (sharding) return sharded_convolution(to_compute(x), to_compute(weight), sharding, fused);
    if (fused && fused::supports(x)) return fused::cubic_convolution(to_compute(x), to_compute(weight));
    return at::conv3d(to_compute(x), to_compute(weight), {}, 1, 1);
  }

  /// The same of the concatenated channels of two volumes.
  at::Tensor convolution(const at::Tensor& a, const at::Tensor& b, const at::Tensor& weight) const {
    if (fused && !sharding && fused::supports(a))
      return fused::concat_convolution(to_compute(a), to_compute(b), to_compute(weight));
    return convolution(at::cat({a, b}, 1), weight);
  }

  /// ReLU(group norm), epsilon 1e-5; statistics and affine parameters stay in float32 whatever x is. As under
  /// Torch's autocast, a GPU computes it in float32 and a CPU in x's type.
  at::Tensor norm_relu(const at::Tensor& x, const NormParameters& norm) const {
    if (fused && fused::supports(x)) return fused::norm_relu(x, norm.weight, norm.bias, groups, sharding);
    const at::Tensor in = x.is_cpu() ? x : x.to(norm.weight.scalar_type());
    if (sharding) return sharded_group_norm_relu(in, norm.weight, norm.bias, groups, sharding);
    at::Tensor y = at::group_norm(in, groups, norm.weight, norm.bias, 1e-5, false);
    return y.relu_();
  }

  /// What comes after norm_relu(x): the 3³ convolution above; the transposed one, kernel 2, stride 2: [N, C,
  /// D, H, W] → [N, O, 2D, 2H, 2W]; or the 1³ one to the classes. The latter two have a bias.
  at::Tensor norm_relu_convolution(const at::Tensor& x, const NormParameters& norm, fused::Epilogue epilogue,
                                   const at::Tensor& weight, const at::Tensor& bias = {}) const {
    using fused::Epilogue;
    // A sharded convolution keeps its padded input: to compute that again, halos would fly again.
    if (fused && fused::supports(x) && !(sharding && epilogue == Epilogue::cubic)) {
      const at::Tensor kernel_bias = bias.defined() ? to_compute(bias) : bias;
      return fused::norm_relu_convolution(x, norm.weight, norm.bias, groups, epilogue, to_compute(weight),
                                          kernel_bias, sharding);
    }
    const at::Tensor y = norm_relu(x, norm);
    if (epilogue == Epilogue::cubic) return convolution(y, weight);
    if (epilogue == Epilogue::pointwise)
      return at::conv3d(to_compute(y), to_compute(weight), to_compute(bias));
    return at::conv_transpose3d(to_compute(y), to_compute(weight), to_compute(bias), 2);
  }

  /// 2³ maximum pooling; the skip connection goes on from `skip`.
  fused::Pooled pool(const at::Tensor& x) const {
    if (fused && fused::supports(x)) return fused::pool(x);
    return {x, at::max_pool3d(x, 2)};
  }
};

}  // namespace scaffold
