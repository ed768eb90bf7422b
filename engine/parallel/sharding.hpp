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

/// A network computes unsharded where this is null.
using ShardingPtr = std::shared_ptr<Sharding>;

}  // namespace scaffold
