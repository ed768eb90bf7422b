// Hard Dice from class counts.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace scaffold {

/// counts[truth · C + predicted] of voxels; adds over shards and samples.
using Confusion = std::vector<std::int64_t>;

/// Argmax of logits [C, D, H, W] (the lowest class wins a tie) as uint8 [D, H, W].
at::Tensor predicted_classes(const at::Tensor& logits);
/// predicted, mask: uint8 [D, H, W].
Confusion confusion(const at::Tensor& predicted, const at::Tensor& mask, std::int64_t classes);
/// The same from logits [C, D, H, W], without the volume of predicted classes where the fused kernels take
/// them.
Confusion logits_confusion(const at::Tensor& logits, const at::Tensor& mask);

/// Dice per class = (2·|P∩T| + 1e-6)/(|P| + |T| + 1e-6): 1 where a class is in neither.
std::vector<double> hard_dice(const Confusion& counts, std::int64_t classes);
/// Whether a class is in the mask.
std::vector<bool> classes_present(const Confusion& counts, std::int64_t classes);
/// Mean over the foreground classes 1 … C−1: a sample's score.
double foreground_mean(const std::vector<double>& dice);
/// Mean over those of them that are present; nothing where none is.
std::optional<double> foreground_mean(const std::vector<double>& dice, const std::vector<bool>& present);

}  // namespace scaffold
