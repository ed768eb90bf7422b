// Operations and memory of a network, counted from its shapes, without running it.
#pragma once
#include <cstdint>

#include "comm/shard_layout.hpp"
#include "fractal_unet/network/unet.hpp"
#include "workload/task.hpp"

namespace scaffold {

/// Of a block after `level` poolings.
double voxels(const Extent3& block, std::int64_t level);

/// Floating-point operations (a multiply-add is two) of the convolutions of one forward pass over one volume
/// of edge³ voxels. Norms, activations and the loss are left out, as is customary: below 1 %.
double forward_flops(const UNetOptions& options, std::int64_t edge);
/// Forward plus backward (gradients of inputs and of weights: twice the forward), less the input gradient of
/// the first convolution, which is never computed.
double training_flops(const UNetOptions& options, std::int64_t edge);

/// `fused` only where training_memory() may count on what fused layers keep: sharded convolutions keep their
/// inputs, as the plain layers do, and a GPU's layers have not been measured.
inline UNetOptions as_kept(UNetOptions options, bool cpu, std::int64_t shards) {
  options.fused &= cpu && shards == 1;
  return options;
}
/// `block`: the extents of what a rank holds of a volume.
MemoryEstimate training_memory(const UNetOptions& options, const Extent3& block, std::int64_t batch,
                               int optimizer_states);

/// Bytes that a forward pass over one volume cannot do without: parameters, image and the widest block's
/// tensors. A convolution's own workspace comes on top.
double inference_memory(const UNetOptions& options, const Extent3& volume);

}  // namespace scaffold
