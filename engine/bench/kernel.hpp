// One kernel for `scaffold bench kernels`: a function of tensors with its gradients, and the shape of what it
// works on.
#pragma once
#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/harness.hpp"
#include "core/text.hpp"
#include "nn/layers.hpp"

namespace scaffold::bench {

/// Of the group normalizations.
inline constexpr std::int64_t kernel_groups = 8;

using Tensors = std::vector<at::Tensor>;

/// A gradient that the backward pass computes by itself: with respect to inputs[which].
struct Gradient {
  std::string name;
  Work work;
  std::vector<std::size_t> which;
};

/// A function of a training step, computed by plain operators and, where there are fused kernels, by those.
struct Kernel {
  std::string name;
  at::ScalarType type;
  Work forward;
  std::vector<Gradient> backward;
  bool has_fused;
  std::function<Tensors(at::MemoryFormat)> inputs;
  std::function<at::Tensor(const Tensors&, bool fused)> run;
};

/// Activations [1, channels, edge, edge, edge].
struct Volume {
  std::int64_t edge;
  at::ScalarType type;

  double voxels() const { return static_cast<double>(edge * edge * edge); }
  double bytes(std::int64_t channels) const {
    return voxels() * static_cast<double>(channels) * static_cast<double>(c10::elementSize(type));
  }
  at::Tensor random(at::IntArrayRef shape, at::MemoryFormat format) const {
    const at::Tensor values = at::empty(shape, at::kFloat).uniform_(-1, 1).to(type);
    return shape.size() == 5 ? values.contiguous(format) : values;
  }
  at::Tensor activations(std::int64_t channels, at::MemoryFormat format) const {
    return random({1, channels, edge, edge, edge}, format);
  }
  Layers layers(bool fused) const {
    return {type == at::kBFloat16 ? Precision::bfloat16 : Precision::float32, kernel_groups, fused, nullptr};
  }
  std::string text() const { return cat(edge, "^3, ", type == at::kBFloat16 ? "bfloat16" : "float32"); }
};

inline Work work(double bytes, double flops = 0) {
  Work work;
  work.bytes = bytes;
  work.flops = flops;
  return work;
}

}  // namespace scaffold::bench
