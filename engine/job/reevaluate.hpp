// A checkpoint's network on a run's validation samples, as the run's own validation had it.
#pragma once
#include <functional>

#include "config/config.hpp"
#include "data/sample_reader.hpp"
#include "job/checkpoint.hpp"
#include "job/evaluate.hpp"
#include "parallel/parallel_context.hpp"

namespace scaffold {

struct ReevaluateOptions {
  at::Device device = at::kCPU;
  int threads = 1;
  /// The first so many validation samples: as many as the run's epochs validated on.
  std::int64_t samples = 0;
};

/// DataError when checkpoint, configuration and dataset do not fit each other.
void check_reevaluation(const Checkpoint& checkpoint, const fs::path& file, const Config& config,
                        const SampleReader& dataset, const ReevaluateOptions& options);

/// The validation pass of a run that `config` configures, with the parameters of `checkpoint` (read from
/// `file`): on the same kind of device, with the same shards, the same score. DataError as
/// check_reevaluation; Interrupted on all ranks by a signal. Collective over
/// `parallel`.
Evaluation reevaluate(const Checkpoint& checkpoint, const fs::path& file, const Config& config,
                      const SampleReader& dataset, const ReevaluateOptions& options,
                      ParallelContext& parallel, const std::function<void(std::int64_t)>& progress = {});

}  // namespace scaffold
