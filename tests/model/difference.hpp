// How far a tensor is from what it should be.
#pragma once
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

/// The largest |a − b| relative to b's largest magnitude, or to `floor` where that is less, in float64;
/// infinite where the shapes differ.
inline double difference(const at::Tensor& a, const at::Tensor& b, double floor = 1e-30) {
  if (a.sizes() != b.sizes()) return INFINITY;
  const double scale = b.abs().max().item().toDouble();
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item().toDouble() / std::max(scale, floor);
}
