// What training on fractals minimizes, and its score: the loss and the hard Dice as an objective and a score
// of the trainer's.
#pragma once
#include "fractal_unet/network/loss.hpp"
#include "workload/objective.hpp"

namespace scaffold {

/// segmentation_loss; its training metric is the soft Dice of the foreground classes.
class SegmentationObjective : public Objective {
 public:
  /// class_weights [classes] on the network's device. `fused`: by the kernels of nn/fused where they take the
  /// logits.
  SegmentationObjective(at::Tensor class_weights, bool fused)
      : class_weights_(std::move(class_weights)), fused_(fused) {}
  Loss loss(const at::Tensor& logits, const Batch& batch, const ShardingPtr& sharding) const override;

 private:
  at::Tensor class_weights_;
  bool fused_;
};

/// Loss, hard Dice by class, whether the mask holds any foreground class, and the mean over those that it
/// holds.
class SegmentationScore : public Score {
 public:
  SegmentationScore(const Objective& objective, std::int64_t classes)
      : objective_(objective), classes_(classes) {}
  const MetricInfo& info() const override;
  std::size_t columns() const override { return static_cast<std::size_t>(classes_) + 3; }
  void measure(const at::Tensor& logits, const Batch& one, const ShardingPtr& sharding,
               std::span<double> row) const override;
  double value(std::span<const double> row) const override;
  std::vector<double> parts(std::span<const double> row) const override;
  Evaluation finish(std::span<const double> rows) const override;

 private:
  const Objective& objective_;
  std::int64_t classes_;
};

}  // namespace scaffold
