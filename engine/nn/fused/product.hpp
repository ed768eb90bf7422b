// Matrix products in float32 whose sums have one order, which shapes alone decide: the same bits on any
// number of threads. BLAS itself cuts a product, and its sums too, as it has threads; here each piece is one
// thread's.
#pragma once
#include <ATen/core/Tensor.h>

namespace scaffold::fused {

/// into = a · b: a [M, K], b [K, N], into [M, N], each with values side by side along one of its axes; with
/// `add`, into += a · b.
void multiply(const at::Tensor& a, const at::Tensor& b, const at::Tensor& into, bool add = false);

/// aᵀ · b → [M, N], where a [K, M] and b [K, N] have many rows: what a weight's gradient is.
at::Tensor multiply_over_rows(const at::Tensor& a, const at::Tensor& b);

/// Sums over the rows of a [K, N], values of a row side by side, in float64 → [N].
at::Tensor sum_over_rows(const at::Tensor& a);

}  // namespace scaffold::fused
