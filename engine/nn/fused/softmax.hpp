// Sums over the softmax of logits, in one pass over them each way: nothing of the size of the logits is made
// but their gradient.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace scaffold::fused {

/// logits [N, C, D, H, W] in any layout, float32 or bfloat16 on a CPU or a GPU; labels [N, D, H, W] uint8;
/// weights [C] → [N, 2 + 2·C] float32: Σ w[t]·(−log p[t]), Σ w[t], then by class Σ p·[t = c] and Σ p + Σ [t =
/// c]. Differentiable with respect to the logits. DataError where the labels hold a class that the logits do
/// not have; on a GPU, which nothing waits for here, the first sum is NaN instead.
at::Tensor softmax_sums(const at::Tensor& logits, const at::Tensor& labels, const at::Tensor& weights);

/// counts[truth · C + predicted] of one sample: logits [C, D, H, W], labels [D, H, W]. Errors as above, on a
/// GPU too.
std::vector<std::int64_t> confusion_of_logits(const at::Tensor& logits, const at::Tensor& labels);

}  // namespace scaffold::fused
