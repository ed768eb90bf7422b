// What the ranks of a job did in an epoch, gathered for the record: who was slow, what was sent, who waited
// for whom.
#pragma once
#include <optional>

#include "nn/network.hpp"
#include "parallel/gradient_reducer.hpp"
#include "parallel/parallel_context.hpp"
#include "run/records.hpp"

namespace scaffold {

class RankReport {
 public:
  /// What was sent until now is not of the first epoch (warm-up).
  void begin(const GradientTraffic& gradients, const Sharding* sharding);
  /// The epoch's training ends here, and its validation begins.
  void end_training(const GradientTraffic& gradients, const Sharding* sharding);
  /// Of the epoch that ends here: `phases` are this rank's, `steps` its optimizer steps and `peak_memory` its
  /// bytes. Nothing in a job of one rank. Collective.
  std::optional<ParallelRecord> finish(ParallelContext& parallel, const GradientTraffic& gradients,
                                       const Sharding* sharding, const PhaseSeconds& phases,
                                       std::int64_t steps, std::uint64_t peak_memory);

 private:
  struct Sent {
    GradientTraffic gradients;
    ShardTraffic shards;
  };
  Sent before_, trained_;  ///< at the end of the last epoch, and of this one's training
};

/// Every rank must have the same parameters, bit for bit; CommError naming those that differ. Collective.
void check_same_parameters(const Network& network, ParallelContext& parallel);

}  // namespace scaffold
