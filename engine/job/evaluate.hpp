// The validation pass: every sample counts exactly once.
#pragma once
#include <functional>
#include <vector>

#include "job/prefetcher.hpp"
#include "nn/network.hpp"
#include "parallel/parallel_context.hpp"
#include "workload/objective.hpp"

namespace scaffold {

struct EvaluateHooks {
  std::function<void(std::int64_t done)> progress = {};
  /// On the replica that has the sample: its place among `samples`, its row, the network's output for it.
  std::function<void(std::size_t place, std::span<const double> row, const at::Tensor& output,
                     const Batch& one)>
      on_sample = {};
};

/// Runs the network over `samples`, shared out among the replicas, one at a time, without gradients. Every
/// rank gets the whole result, the same for any number of ranks up to rounding. A signal at any rank ends it
/// with Interrupted on all. Collective.
Evaluation evaluate(const Network& network, Prefetcher& feed, const std::vector<int>& samples,
                    const Score& score, ParallelContext& parallel, const EvaluateHooks& hooks = {});

}  // namespace scaffold
