// What the layers of a replica that is cut into spatial shards need from each other: halos and sums. Tensors
// only, so that host memory (comm) and GPUs (NCCL) can both carry them.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "comm/process_grid.hpp"

namespace scaffold {

/// What a rank's sharded layers have sent so far, counted where it is sent.
struct ShardTraffic {
  std::int64_t halo_bytes = 0, halo_messages = 0;  ///< sent
  std::int64_t sums = 0, sum_bytes = 0;            ///< bytes of the values summed, once each
  double halo_seconds = 0;                         ///< of exchanges in flight, hidden or not, one by one
  double halo_wait_seconds = 0, sum_wait_seconds = 0;
};

class Sharding {
 public:
  /// An exchange under way. wait() before the tensors are touched again, and before it is destroyed.
  class Exchange {
   public:
    virtual ~Exchange() = default;
    virtual void wait() = 0;
  };

  explicit Sharding(const ProcessGrid& grid) : grid_(grid), neighbors_(grid.neighbors()) {}
  virtual ~Sharding() = default;
  const ProcessGrid& grid() const { return grid_; }
  const std::vector<Neighbor>& neighbors() const { return neighbors_; }

  /// Sends sends[i] to neighbors()[i] and receives receives[i] from it: contiguous, of equal size on both
  /// sides. All shards of the replica call it in the same order.
  virtual std::unique_ptr<Exchange> exchange(std::vector<at::Tensor> sends,
                                             std::vector<at::Tensor> receives) = 0;
  /// values (contiguous, float32 or float64) becomes its sum over the shards of the replica.
  virtual void sum(at::Tensor& values) = 0;

  ShardTraffic traffic;
  /// Convolutions of so many input elements compute their interior while halos fly; smaller ones gain nothing
  /// from it.
  std::int64_t overlap_from_elements = 1 << 20;

 private:
  ProcessGrid grid_;
  std::vector<Neighbor> neighbors_;
};

/// 3³ convolution, padding 1, no bias, of a volume cut along D, H, W: x [N, C, d, h, w] is this shard's
/// block, weight [O, C, 3, 3, 3] → [N, O, d, h, w], this shard's block of the whole volume's convolution. The
/// weight's gradient is this shard's part: the sum over shards is the whole. Halos fly while the interior is
/// computed. `fused`: by the fused kernels where they take it.
at::Tensor sharded_convolution(const at::Tensor& x, const at::Tensor& weight, Sharding& sharding,
                               bool fused = false);

/// Group norm (epsilon 1e-5) with the statistics of the whole volume, then ReLU: x [N, C, d, h, w]. Gradients
/// of weight and bias are this shard's part.
at::Tensor sharded_group_norm_relu(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                   std::int64_t groups, Sharding& sharding);

/// values summed over the shards; the gradient passes unchanged, since every shard computes the same loss
/// from the sum and owns only its own part of it.
at::Tensor sum_over_shards(const at::Tensor& values, Sharding& sharding);

/// A network computes unsharded where this is null.
using ShardingPtr = std::shared_ptr<Sharding>;

}  // namespace scaffold
