// Tensors as rows of channels, one a voxel, for the kernels.
#pragma once
#include <ATen/ATen.h>

#include <type_traits>

#include "nn/fused/kernels.hpp"

namespace scaffold::fused {

/// A tensor [N, C, D, H, W] whose rows of C values stand `stride` values apart: channels-last, or a range of
/// the channels of such a tensor.
struct Rows {
  at::Tensor tensor;
  std::int64_t stride;
  template <class T>
  T* data() const {
    return static_cast<T*>(tensor.data_ptr());
  }
};

/// x itself where it stands in rows, else a channels-last copy.
inline Rows rows(const at::Tensor& x) {
  if (x.is_contiguous(at::MemoryFormat::ChannelsLast3d)) return {x, x.size(1)};
  const std::int64_t step = x.stride(4);
  if (x.stride(1) == 1 && step >= x.size(1) && x.stride(3) == step * x.size(4) &&
      x.stride(2) == x.stride(3) * x.size(3) && (x.size(0) == 1 || x.stride(0) == x.stride(2) * x.size(2)))
    return {x, step};
  return {x.contiguous(at::MemoryFormat::ChannelsLast3d), x.size(1)};
}

inline std::int64_t voxels(const at::Tensor& x) { return x.size(2) * x.size(3) * x.size(4); }

/// Where a sample's rows begin.
template <class T>
T* of_sample(const Rows& rows, std::int64_t sample) {
  return rows.data<T>() + sample * voxels(rows.tensor) * rows.stride;
}

/// Calls body with a null pointer to the kernels' type for x's.
template <class Body>
decltype(auto) with_type(const at::Tensor& x, Body&& body) {
  if (x.scalar_type() == at::kFloat) return body(static_cast<float*>(nullptr));
  return body(static_cast<BFloat16*>(nullptr));
}
template <class Pointer>
using Pointee = std::remove_pointer_t<Pointer>;

}  // namespace scaffold::fused
