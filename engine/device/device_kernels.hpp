// The fused layers' passes on a GPU: a table that the CUDA plug-in fills (cuda), so that autograd nodes
// are the CPU's. Everything stays on the device and on its current stream; nothing waits. All sums run in an
// order that shapes alone decide.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace scaffold::fused {

struct DeviceNormGradients {
  at::Tensor x, weight, bias;
};
struct DeviceNormSums {
  at::Tensor by_channel;  ///< [N, 2, C] float64: Σ g, Σ g·(x − mean), g what passes the ReLU
  at::Tensor by_group;    ///< [N, groups, 2] float64: Σ w·g, Σ w·g·x̂
};

/// Activations are float32 or bfloat16 [N, C, D, H, W] in rows (fused/rows.hpp): channels-last where no other
/// stride is spoken of.
struct DeviceKernels {
  /// [N, groups, 3] float64: over a group's channels Σ mean, Σ mean², Σ variance. Adds over shards.
  at::Tensor (*norm_statistics)(const at::Tensor& x, std::int64_t groups);
  /// [4, N, C] float32: scale, shift, mean, 1/deviation (fused/norm.cpp). `parts`: channels of a group times
  /// shards.
  at::Tensor (*norm_constants)(const at::Tensor& statistics, double parts, const at::Tensor& weight,
                               const at::Tensor& bias);
  /// max(0, x · scale + shift)
  at::Tensor (*norm_apply)(const at::Tensor& x, const at::Tensor& table);
  /// grad's rows stand grad_stride apart.
  DeviceNormSums (*norm_gradient_sums)(const at::Tensor& x, const at::Tensor& grad, std::int64_t grad_stride,
                                       const at::Tensor& table, const at::Tensor& weight,
                                       std::int64_t groups);
  /// `size`: values of a group over all shards. `into` may be grad itself.
  DeviceNormGradients (*norm_gradient)(const at::Tensor& x, const at::Tensor& grad, std::int64_t grad_stride,
                                       const at::Tensor& table, const DeviceNormSums& sums, double size,
                                       const at::Tensor& into);

  /// [N, 2 + 2·C] float32: fused/softmax.hpp; not finite where the labels hold a foreign class. Logits of any
  /// layout whose voxels stand a fixed stride apart; labels contiguous; weights float32.
  at::Tensor (*softmax_sums)(const at::Tensor& logits, const at::Tensor& labels, const at::Tensor& weights);
  /// The gradient of the logits, in their layout, from that of the sums.
  at::Tensor (*softmax_gradient)(const at::Tensor& logits, const at::Tensor& labels,
                                 const at::Tensor& weights, const at::Tensor& of_sums);
  /// [C² + 1] int64 over all samples: counts[truth · C + predicted], then the voxels of a foreign class.
  at::Tensor (*confusion)(const at::Tensor& logits, const at::Tensor& labels);

  /// 2³ maximum pooling: x's rows x_stride apart → [N, C, D/2, H/2, W/2].
  at::Tensor (*pool)(const at::Tensor& x, std::int64_t x_stride);
  /// skip (may be undefined) + grad where the voxel is its window's first maximum.
  at::Tensor (*pool_gradient)(const at::Tensor& x, std::int64_t x_stride, const at::Tensor& grad,
                              const at::Tensor& skip, std::int64_t skip_stride);

  /// labels [N, D, H, W] uint8, table [K ≤ 256, 3] float32 → [N, 3, D, H, W] float32; 0 for a class ≥ K.
  at::Tensor (*expand)(const at::Tensor& labels, const at::Tensor& table);
};

/// The kernels for tensors on x's device; null on a CPU, whose own kernels are fused/kernels.hpp.
const DeviceKernels* device_kernels(const at::Tensor& x);

/// For tests: while it lives, tensors on the CPU go through `kernels`.
class DeviceKernelsOnCpu {
 public:
  explicit DeviceKernelsOnCpu(const DeviceKernels& kernels);
  ~DeviceKernelsOnCpu();
  DeviceKernelsOnCpu(const DeviceKernelsOnCpu&) = delete;
  DeviceKernelsOnCpu& operator=(const DeviceKernelsOnCpu&) = delete;
};

}  // namespace scaffold::fused
