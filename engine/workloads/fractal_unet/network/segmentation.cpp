#include "fractal_unet/network/segmentation.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "fractal_unet/metrics.hpp"
#include "fractal_unet/network/dice.hpp"
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

Loss SegmentationObjective::loss(const at::Tensor& logits, const Batch& batch,
                                 const ShardingPtr& sharding) const {
  const SegmentationLoss found =
      segmentation_loss(logits, batch[field::mask], class_weights_, sharding, fused_);
  return {found.total, found.soft_dice.slice(1, 1).mean()};
}

void SegmentationScore::measure(const at::Tensor& logits, const Batch& one, const ShardingPtr& sharding,
                                std::span<double> row) const {
  row[0] = objective_.loss(logits, one, sharding).total.item<double>();
  const Confusion counts = whole_confusion(logits[0], one[field::mask][0], sharding);
  const auto dice = hard_dice(counts, classes_);
  std::copy(dice.begin(), dice.end(), row.begin() + 1);
  const auto held = foreground_mean(dice, classes_present(counts, classes_));
  row[dice.size() + 1] = held.has_value();
  row[dice.size() + 2] = held.value_or(0);
}

const MetricInfo& SegmentationScore::info() const { return fractal_unet_metrics().front(); }

std::vector<double> SegmentationScore::parts(std::span<const double> row) const {
  const auto by_class = row.subspan(1, static_cast<std::size_t>(classes_));
  return {by_class.begin(), by_class.end()};
}

double SegmentationScore::value(std::span<const double> row) const { return foreground_mean(parts(row)); }

Evaluation SegmentationScore::finish(std::span<const double> rows) const {
  const auto classes = static_cast<std::size_t>(classes_);
  Evaluation result;
  result.samples = static_cast<std::int64_t>(rows.size() / columns());
  std::vector<double> by_class(classes, 0.0);
  double dice = 0, holding = 0, present = 0;
  for (; !rows.empty(); rows = rows.subspan(columns())) {
    result.loss_sum += rows[0];
    const std::vector<double> of_sample = parts(rows);
    for (std::size_t c = 0; c < classes; ++c) by_class[c] += of_sample[c];
    result.sample_scores.push_back(foreground_mean(of_sample));
    dice += result.sample_scores.back();
    holding += rows[classes + 1];
    present += rows[classes + 2];
  }
  const auto samples = static_cast<double>(std::max<std::int64_t>(result.samples, 1));
  for (double& of_class : by_class) of_class /= samples;
  for (const auto& info : fractal_unet_metrics()) {
    if (info.key() == "val_dice")
      result.metrics.push_back({&info, dice / samples, by_class});
    else if (info.key() == "val_dice_present")
      result.metrics.push_back({&info, present / holding});  // NaN where no sample holds any
  }
  return result;
}

}  // namespace scaffold
