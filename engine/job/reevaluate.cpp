#include "job/reevaluate.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "core/error.hpp"
#include "core/text.hpp"
#include "fractal_unet/network/class_weights.hpp"
#include "fractal_unet/network/segmentation.hpp"
#include "fractal_unet/options.hpp"
#include "job/trainer.hpp"

namespace scaffold {

void check_reevaluation(const Checkpoint& checkpoint, const fs::path& file, const Config& config,
                        const DatasetReader& dataset, const ReevaluateOptions& options) {
  const UNetOptions network = network_options(config, options.device);
  const UNetOptions& kept = checkpoint.network;
  if (kept.classes != network.classes || kept.levels != network.levels || kept.groups != network.groups ||
      kept.width != network.width || kept.in_channels != network.in_channels)
    throw DataError(cat("'", file.string(), "' holds another network (", kept.levels, " levels, ",
                        kept.classes, " classes) than the run's configuration makes (", network.levels,
                        " levels, ", network.classes, " classes)"));
  if (const auto classes = dataset.index().spec.n_categories + 1; classes != network.classes)
    throw DataError(
        cat("'", file.string(), "' tells ", network.classes, " classes apart, the dataset has ", classes));
  const auto there = static_cast<std::int64_t>(dataset.validation().size());
  if (options.volumes < 1 || options.volumes > there)
    throw DataError(
        cat("the run says that it validated on ", options.volumes, " volumes, the dataset has ", there));
}

Evaluation reevaluate(const Checkpoint& checkpoint, const fs::path& file, const Config& config,
                      const DatasetReader& dataset, const ReevaluateOptions& options,
                      ParallelContext& parallel, const std::function<void(std::int64_t)>& progress) {
  check_reevaluation(checkpoint, file, config, dataset, options);
  at::set_num_threads(options.threads);
  at::globalContext().setBenchmarkCuDNN(!config.more_determinism);
  at::globalContext().setDeterministicAlgorithms(config.more_determinism, true);
  UNet network(network_options(config, options.device), options.device, 0);
  restore(checkpoint, network, file);
  network.set_sharding(parallel.sharding());
  const auto loading = loader_options(config, dataset, parallel.grid());
  Prefetcher feed(dataset, options.device, PrefetcherOptions::of(loading, dataset, options.device));
  const at::Tensor weights = at::tensor(class_weights(dataset, fractal_unet(config).ce_weight_sample_fraction,
                                                      options.threads, parallel.control()))
                                 .to(options.device);
  std::vector<int> volumes = dataset.validation();
  volumes.resize(static_cast<std::size_t>(options.volumes));
  const SegmentationObjective objective(weights, config.fused);
  EvaluateHooks hooks;
  hooks.progress = progress;
  return evaluate(network, feed, volumes, SegmentationScore(objective, network.options().classes), parallel,
                  hooks);
}

}  // namespace scaffold
