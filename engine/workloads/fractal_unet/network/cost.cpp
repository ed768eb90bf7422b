#include "fractal_unet/network/cost.hpp"

#include "fractal_unet/network/communication.hpp"
#include "fractal_unet/network/flops.hpp"

namespace scaffold {
namespace {

/// Bytes of all convolution outputs of one sample on this rank.
double convolution_outputs(const UNetOptions& o, const Extent3& block) {
  const double bytes = o.precision == Precision::bfloat16 ? 2 : 4;
  double sum = 0;
  for (std::int64_t level = 0; level <= o.levels; ++level)
    sum += static_cast<double>(o.width << level) * voxels(block, level) * bytes * (level < o.levels ? 4 : 2);
  return sum;
}

/// Bytes that everything but convolutions reads and writes in a training step of one sample: group norm and
/// ReLU touch each convolution's output about 13 times (statistics 1, normalize 2, ReLU 2; backward ReLU 3,
/// sums 2, gradient 3), pooling and concatenation about 3 more. The fused kernels: statistics 1, normalize 2;
/// backward sums 2, gradient 3, half of the outputs once more normalized.
double touched_bytes(const UNetOptions& o, const Extent3& block) {
  return (o.fused ? 12 : 16) * convolution_outputs(o, block);
}

/// The widest layer's padding: a convolution's input is copied once with its halos, and kept for backward
/// instead of the input itself.
double halo_padding(const UNetOptions& o, const ProcessGrid& grid, const Extent3& block) {
  if (grid.shard_count() == 1) return 0;
  const double bytes = o.precision == Precision::bfloat16 ? 2 : 4;
  double sum = 0;
  for (std::int64_t level = 0; level <= o.levels; ++level) {
    double padded = 1;
    for (int axis = 0; axis < 3; ++axis)
      padded *= static_cast<double>((block[axis] >> level) + (grid.cut(axis) ? 2 : 0));
    // Two convolutions a block; the second half of the network has wider inputs.
    sum += padded * static_cast<double>(o.width << level) * bytes * (level < o.levels ? 5 : 2);
  }
  return sum;
}

}  // namespace

TrainingCost training_cost(const UNetOptions& options, bool cpu, const ProcessGrid& grid,
                           const Extent3& block, std::int64_t batch, int optimizer_states) {
  UNetOptions fused_on_cpu = options;
  fused_on_cpu.fused &= cpu;
  TrainingCost cost;
  cost.parameters = parameter_count(options);
  cost.memory = training_memory(as_kept(options, cpu, grid.shard_count()), block, batch, optimizer_states);
  cost.halo_padding = halo_padding(options, grid, block) * static_cast<double>(batch);
  cost.touched_bytes = touched_bytes(fused_on_cpu, block);
  const HaloCount halos = count_halos(options, grid, block, batch);
  cost.halo_bytes = static_cast<double>(halos.forward_bytes + halos.backward_bytes);
  cost.halo_exchanges = static_cast<double>(4 * (1 + 2 * options.levels));
  cost.small_sums = static_cast<double>(2 * (2 + 4 * options.levels) + 1);  // two a group norm, one the loss
  return cost;
}

}  // namespace scaffold
