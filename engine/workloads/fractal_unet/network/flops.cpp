#include "fractal_unet/network/flops.hpp"

#include <algorithm>

namespace scaffold {
namespace {

double voxels(std::int64_t edge, std::int64_t level) { return scaffold::voxels(cube(edge), level); }

double block_flops(double in, double out, double at) { return 2 * 27 * (in * out + out * out) * at; }

}  // namespace

double voxels(const Extent3& block, std::int64_t level) {
  double count = 1;
  for (const auto extent : block) count *= static_cast<double>(extent >> level);
  return count;
}

double forward_flops(const UNetOptions& o, std::int64_t edge) {
  const auto width = [&](std::int64_t level) { return static_cast<double>(o.width << level); };
  double flops = block_flops(static_cast<double>(o.in_channels), width(0), voxels(edge, 0));
  for (std::int64_t level = 1; level <= o.levels; ++level)
    flops += block_flops(width(level - 1), width(level), voxels(edge, level));
  for (std::int64_t level = o.levels - 1; level >= 0; --level) {
    flops += 2 * width(level + 1) * width(level) * voxels(edge, level);  // each output voxel has one tap
    flops += block_flops(width(level + 1), width(level), voxels(edge, level));
  }
  return flops + 2 * width(0) * static_cast<double>(o.classes) * voxels(edge, 0);
}

double training_flops(const UNetOptions& o, std::int64_t edge) {
  const double first = 2 * 27 * static_cast<double>(o.in_channels * o.width) * voxels(edge, 0);
  return 3 * forward_flops(o, edge) - first;
}

MemoryEstimate training_memory(const UNetOptions& o, const Extent3& block, std::int64_t batch,
                               int optimizer_states) {
  MemoryEstimate memory;
  memory.parameters = memory.gradients = 4.0 * static_cast<double>(parameter_count(o));
  memory.optimizer = memory.parameters * optimizer_states;
  const double bytes = o.precision == Precision::bfloat16 ? 2 : 4;
  // Kept for backward: each convolution's and each group norm's output, the pooled and concatenated inputs,
  // and the loss's probabilities in float32 (log p, p, one-hot). The fused layers keep of norms only the skip
  // connections, of the loss nothing but the logits, and concatenate nothing. Checkpointing keeps one output
  // a block instead.
  const double down = o.activation_checkpointing ? 1 : o.fused ? 3 : 4, lowest = o.fused ? down - 1 : down;
  const double up = o.activation_checkpointing ? 1 : o.fused ? 3 : 6;
  double activations = 0;
  for (std::int64_t level = 0; level <= o.levels; ++level) {
    const double unit = static_cast<double>(o.width << level) * voxels(block, level) * bytes;
    if (level > 0) activations += unit / 2;  // pooled input
    activations += unit * (level == o.levels ? std::max(lowest, 1.0) : down + up);
  }
  activations += (o.fused ? bytes : 4.0 * 3) * static_cast<double>(o.classes) * voxels(block, 0);
  memory.activations = activations * static_cast<double>(batch);
  // Of the widest layers, at full resolution: the gradients of the concatenated input (2) and of the output
  // (1) and a copy in the convolution's own layout; the fused layers have an input's and an output's. A block
  // computed again lives beside them.
  const double unit = static_cast<double>(o.width) * voxels(block, 0) * bytes * static_cast<double>(batch);
  const double again = !o.activation_checkpointing ? 0 : o.fused ? 3 : 6;
  memory.workspace = unit * ((o.fused ? 2 : 4) + again);
  if (o.precision == Precision::bfloat16) memory.workspace += memory.parameters / 2;
  return memory;
}

double inference_memory(const UNetOptions& o, const Extent3& volume) {
  const double bytes = o.precision == Precision::bfloat16 ? 2 : 4;
  const double unit = static_cast<double>(o.width) * voxels(volume, 0) * bytes;
  // The last block on the way up: what was kept on the way down, what came from below, the two side by side
  // (2), and the first convolution's output.
  return 4 * static_cast<double>(parameter_count(o)) + 5 * unit +
         4 * static_cast<double>(o.in_channels) * voxels(volume, 0);
}

}  // namespace scaffold
