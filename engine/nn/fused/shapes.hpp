// What the convolutions by kernels of ours share.
#pragma once
#include <ATen/ATen.h>
#include <ATen/Context.h>

#include "nn/fused/kernels.hpp"
#include "nn/fused/winograd.hpp"
#include "nn/precision.hpp"

namespace scaffold::fused {

/// more_determinism: kernels of ours also where oneDNN's are faster, since those add up as they have threads.
inline bool same_bits_asked_for() { return at::globalContext().deterministicAlgorithms(); }

/// Whether our convolutions are faster than oneDNN's on this CPU, or asked for. Where bfloat16 is multiplied
/// in hardware, oneDNN does it faster than float32 can be.
inline bool own_kernels_pay(const at::Tensor& x) {
  const bool emulated = x.scalar_type() == at::kBFloat16 && !cpu_has_bfloat16();
  return x.is_cpu() && (kernels().winograd_pays || same_bits_asked_for()) &&
         (x.scalar_type() == at::kFloat || emulated);
}

/// Dense rows; its stride is to be set where they are not.
inline CubicShape shape_of(const at::Tensor& x, const Padding& padding) {
  return {x.size(2), x.size(3), x.size(4), x.size(1), {padding[0], padding[1], padding[2]}};
}

inline at::Tensor empty_volume(const CubicShape& s, std::int64_t samples, std::int64_t channels,
                               const at::Tensor& like) {
  return at::empty({samples, channels, s.outputs(0), s.outputs(1), s.outputs(2)},
                   like.options().memory_format(at::MemoryFormat::ChannelsLast3d));
}

}  // namespace scaffold::fused
