#include "fractal_unet/network/loss.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"
#include "nn/fused/norm.hpp"
#include "nn/fused/softmax.hpp"
#include "nn/sharded_layers.hpp"

namespace scaffold {
namespace {

/// Per sample: Σ w·(−log p), Σ w, then Σ p·t and Σ p + Σ t of each class; [N, 2 + 2·C].
at::Tensor plain_sums(const at::Tensor& logits, const at::Tensor& mask, const at::Tensor& class_weights) {
  const auto type = logits.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  const std::int64_t n = logits.size(0), classes = logits.size(1);
  const at::Tensor log_p = at::log_softmax(logits.to(type).contiguous().view({n, classes, -1}), 1);
  if (mask.is_cpu() && mask.ge(classes).any().item<bool>())
    throw DataError("a mask holds a class that the network does not have");
  const at::Tensor target = mask.contiguous().view({n, 1, -1}).to(at::kLong);

  const at::Tensor weight = class_weights.to(type).index({target.view({n, -1})});
  const at::Tensor log_p_target = log_p.gather(1, target).view({n, -1});
  const at::Tensor one_hot = at::zeros_like(log_p).scatter_(1, target, 1);
  const at::Tensor p = log_p.exp();
  return at::cat({-(weight * log_p_target).sum(1, true), weight.sum(1, true), (p * one_hot).sum(2),
                  p.sum(2) + one_hot.sum(2)},
                 1);
}

}  // namespace

SegmentationLoss segmentation_loss(const at::Tensor& logits, const at::Tensor& mask,
                                   const at::Tensor& class_weights, const ShardingPtr& sharding, bool fused) {
  const std::int64_t classes = logits.size(1);
  at::Tensor sums = fused && fused::supports(logits) ? fused::softmax_sums(logits, mask, class_weights)
                                                     : plain_sums(logits, mask, class_weights);
  if (sharding) sums = sum_over_shards(sums, sharding);

  const at::Tensor cross_entropy = sums.select(1, 0) / sums.select(1, 1);
  const at::Tensor both = sums.slice(1, 2, 2 + classes), either = sums.slice(1, 2 + classes);
  const at::Tensor dice = (2 * both + dice_epsilon) / (either + dice_epsilon);

  return {cross_entropy.mean() + 1 - dice.slice(1, 1).mean(), dice.detach()};
}

}  // namespace scaffold
