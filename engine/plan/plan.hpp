// What a configuration takes on a machine, counted and estimated without running it.
#pragma once
#include <string>
#include <vector>

#include "config/config.hpp"
#include "plan/machine.hpp"
#include "workload/task.hpp"

namespace scaffold {

/// Of the busiest rank. Bytes and FLOPs are counted; seconds follow from the machine's rates.
struct JobPlan {
  ProcessGrid grid;
  Extent3 block{};  ///< voxels of a sample that a rank holds
  std::int64_t global_batch = 1, steps = 0;
  std::int64_t validation = 0;  ///< samples
  std::int64_t parameters = 0;
  MemoryEstimate memory;
  double buckets = 0, halos = 0,
         samples = 0,    ///< bytes: gradients in flight, padding for halos, samples read ahead
      snapshot = 0;      ///< bytes: what warm-up restores, kept in host memory
  double libraries = 0;  ///< bytes: what Torch's libraries take while training
  double memory_total = 0;
  double flops_step = 0;                                        ///< one rank, one optimizer step
  double halo_bytes = 0, allreduce_bytes = 0, input_bytes = 0;  ///< a step
  double statistics = 0;                                        ///< small all-reduces a step
  double dataset_bytes = 0;

  /// Seconds of a step.
  double arithmetic = 0, memory_bound = 0, halo = 0, small_sums = 0, allreduce = 0, allreduce_exposed = 0,
         input_exposed = 0;
  double step = 0, epoch = 0;
  std::string bottleneck;  ///< the largest of the parts
};

/// `ranks`: of the job; a multiple of the configuration's shards (ConfigError).
JobPlan plan_job(const Config& config, int ranks, const Machine& machine);

/// Whether a rank's part fits the machine: 90 % of its memory, since allocators and drivers take some.
bool fits(const JobPlan& plan, const Machine& machine);

/// Ways to cut a sample that need the fewest ranks whose memory holds their part (90 % of it), at most `most`
/// of them; none when no cut helps.
std::vector<Extent3> smallest_fitting_shards(const Config& config, const Machine& machine,
                                             std::size_t most = 3);

}  // namespace scaffold
