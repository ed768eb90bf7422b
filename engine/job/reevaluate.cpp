#include "job/reevaluate.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "core/error.hpp"
#include "core/text.hpp"
#include "job/trainer.hpp"

namespace scaffold {

void check_reevaluation(const Checkpoint& checkpoint, const fs::path& file, const Config& config,
                        const SampleReader& dataset, const ReevaluateOptions& options) {
  const Task& task = task_of(config);
  if (checkpoint.workload != config.workload)
    throw DataError(cat("'", file.string(), "' is of workload ", checkpoint.workload, ", the run's is ",
                        config.workload));
  if (const auto sizes = task.sizes(config); checkpoint.network != sizes)
    throw DataError(cat("'", file.string(), "' holds another network (", task.describe(checkpoint.network),
                        ") than the run's configuration makes (", task.describe(sizes), ")"));
  try {
    task.check_fits(checkpoint.network, dataset);
  } catch (const DataError& error) {
    throw DataError(cat("'", file.string(), "' ", error.what()));
  }
  const auto there = static_cast<std::int64_t>(dataset.validation().size());
  if (options.samples < 1 || options.samples > there)
    throw DataError(
        cat("the run says that it validated on ", options.samples, " samples, the dataset has ", there));
}

Evaluation reevaluate(const Checkpoint& checkpoint, const fs::path& file, const Config& config,
                      const SampleReader& dataset, const ReevaluateOptions& options,
                      ParallelContext& parallel, const std::function<void(std::int64_t)>& progress) {
  check_reevaluation(checkpoint, file, config, dataset, options);
  at::set_num_threads(options.threads);
  at::globalContext().setBenchmarkCuDNN(!config.more_determinism);
  at::globalContext().setDeterministicAlgorithms(config.more_determinism, true);
  const Task& task = task_of(config);
  const auto network = task.network(config, options.device, 0);
  restore(checkpoint, *network, file);
  network->set_sharding(parallel.sharding());
  const auto loading = loader_options(config, dataset, parallel.grid());
  Prefetcher feed(dataset, options.device,
                  PrefetcherOptions::of(loading, task.expansion(dataset, options.device), options.device));
  std::vector<int> samples = dataset.validation();
  samples.resize(static_cast<std::size_t>(options.samples));
  const auto objective = task.objective(config, dataset, options.device, options.threads, parallel.control());
  const auto score = task.score(config, *objective);
  EvaluateHooks hooks;
  hooks.progress = progress;
  return evaluate(*network, feed, samples, *score, parallel, hooks);
}

}  // namespace scaffold
