// The benchmark's loss: class-weighted cross-entropy + (1 − mean soft Dice of the foreground classes), in
// float32.
#pragma once
#include <ATen/core/Tensor.h>

#include "parallel/sharding.hpp"

namespace scaffold {

inline constexpr double dice_epsilon = 1e-6;

struct SegmentationLoss {
  at::Tensor total;      ///< scalar, differentiable: mean over the batch
  at::Tensor soft_dice;  ///< [N, classes], detached
};

/// logits [N, C, D, H, W] of any floating type, mask [N, D, H, W] uint8 (a class below C), class_weights [C].
/// Cross-entropy of a sample = Σ w[t]·(−log p[t]) / Σ w[t] over its voxels; Dice of a sample and class =
/// (2·Σpt + 1e-6)/(Σp + Σt + 1e-6), 1 when both are empty. Computed in float32 (float64 for float64 logits).
/// With a sharding, logits and mask are this shard's block and the sums run over the whole volume: every
/// shard gets the whole loss, and its gradient with respect to its own logits. `fused`: with the kernels of
/// nn/fused where they take the logits; else plain operators. Where the mask holds a foreign class:
/// DataError on a CPU; on a GPU, which nothing waits for here, the loss is NaN (with plain operators Torch's
/// own assertion ends the device's work).
SegmentationLoss segmentation_loss(const at::Tensor& logits, const at::Tensor& mask,
                                   const at::Tensor& class_weights, const ShardingPtr& sharding = nullptr,
                                   bool fused = true);

}  // namespace scaffold
