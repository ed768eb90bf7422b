#include "job/evaluate.hpp"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "core/error.hpp"
#include "device/trace_mark.hpp"
#include "fractal_unet/network/dice.hpp"
#include "fractal_unet/network/loss.hpp"
#include "fractal_unet/network/volume.hpp"

namespace scaffold {
namespace {

/// Voxels of one whole volume.
Confusion whole_confusion(const at::Tensor& logits, const at::Tensor& mask, const ShardingPtr& shards) {
  Confusion counts = logits_confusion(logits, mask);
  if (shards) {
    // Exact: counts stay far below 2^53.
    at::Tensor sums = at::tensor(at::ArrayRef<std::int64_t>(counts), at::kLong).to(at::kDouble);
    shards->sum(sums);
    const at::Tensor whole = sums.to(at::kLong);
    counts.assign(whole.data_ptr<std::int64_t>(), whole.data_ptr<std::int64_t>() + whole.numel());
  }
  return counts;
}

}  // namespace

Evaluation evaluate(const UNet& network, Prefetcher& feed, const std::vector<int>& volumes,
                    const at::Tensor& class_weights, ParallelContext& parallel,
                    const std::function<void(std::int64_t)>& progress, SnapshotCollector* collector) {
  const c10::NoGradGuard no_grad;
  const TraceMark mark("validation");
  const auto classes = static_cast<std::size_t>(network.options().classes), columns = classes + 3;
  const auto replicas = static_cast<std::size_t>(parallel.grid().replicas());
  const auto replica = static_cast<std::size_t>(parallel.grid().replica());
  std::vector<std::int32_t> own;
  for (std::size_t i = replica; i < volumes.size(); i += replicas) own.push_back(volumes[i]);
  feed.start(std::move(own));

  // A row a volume, filled by whoever has it, so that sums run over volumes in their order on any number of
  // ranks: loss, Dice by class, whether the mask holds any class, Dice of those that it holds.
  std::vector<double> table(volumes.size() * columns);
  for (std::size_t first = 0; first < volumes.size(); first += replicas) {
    if (const int signal = parallel.status_reduce()->signal()) throw Interrupted(signal);
    if (first + replica < volumes.size()) {
      const Batch batch = feed.next(1);
      const at::Tensor logits = network.forward(batch.image);
      double* row = table.data() + (first + replica) * columns;
      row[0] =
          segmentation_loss(logits, batch.mask, class_weights, network.sharding(), network.options().fused)
              .total.item<double>();
      const Confusion counts = whole_confusion(logits[0], batch.mask[0], network.sharding());
      const auto dice = hard_dice(counts, network.options().classes);
      std::copy(dice.begin(), dice.end(), row + 1);
      if (const auto held = foreground_mean(dice, classes_present(counts, network.options().classes))) {
        row[classes + 1] = 1;
        row[classes + 2] = *held;
      }
      if (collector) collector->add(first + replica, dice, logits[0], batch.mask[0]);
    }
    if (progress) progress(static_cast<std::int64_t>(std::min(first + replicas, volumes.size())));
  }
  parallel.sum_over_replicas(table);

  Evaluation result;
  result.class_dice.assign(classes, 0.0);
  result.samples = static_cast<std::int64_t>(volumes.size());
  double holding = 0;
  for (std::size_t v = 0; v < volumes.size(); ++v) {
    const double* row = table.data() + v * columns;
    result.loss_sum += row[0];
    const std::vector<double> dice(row + 1, row + 1 + classes);
    holding += row[classes + 1];
    result.dice_present += row[classes + 2];
    for (std::size_t c = 0; c < classes; ++c) result.class_dice[c] += dice[c];
    result.sample_dice.push_back(foreground_mean(dice));
    result.dice += result.sample_dice.back();
  }
  result.dice_present /= holding;  // NaN where no sample holds any
  if (result.samples > 0) {
    result.dice /= static_cast<double>(result.samples);
    for (double& dice : result.class_dice) dice /= static_cast<double>(result.samples);
  }
  return result;
}

}  // namespace scaffold
