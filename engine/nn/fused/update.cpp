#include "nn/fused/update.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>

#include "nn/fused/kernels.hpp"

namespace scaffold::fused {
namespace {

struct Piece {
  std::size_t tensor;
  std::int64_t first, count;
};

/// Cut by sizes alone, so that sums are the same on any number of threads.
std::vector<Piece> cut(const Tensors& tensors) {
  constexpr std::int64_t most = 1 << 15;
  std::vector<Piece> pieces;
  for (std::size_t t = 0; t < tensors.size(); ++t)
    for (std::int64_t first = 0, all = tensors[t].numel(); first < all; first += most)
      pieces.push_back({t, first, std::min(most, all - first)});
  return pieces;
}

template <class Body>
void each(const std::vector<Piece>& pieces, const Body& body) {
  at::parallel_for(0, static_cast<std::int64_t>(pieces.size()), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) body(i, pieces[static_cast<std::size_t>(i)]);
  });
}

/// Values stand in memory in the same order; of axes of one value strides say nothing.
bool same_order(const at::Tensor& a, const at::Tensor& b) {
  if (a.sizes() != b.sizes()) return false;
  for (std::int64_t axis = 0; axis < a.dim(); ++axis)
    if (a.size(axis) > 1 && a.stride(axis) != b.stride(axis)) return false;
  return true;
}

}  // namespace

bool supports(const Tensors& parameters, const Tensors& other) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const at::Tensor &p = parameters[i], &o = other[i];
    if (!p.is_cpu() || p.scalar_type() != at::kFloat || o.scalar_type() != at::kFloat ||
        !p.is_non_overlapping_and_dense() || !same_order(p, o))
      return false;
  }
  return true;
}

double sum_of_squares(const Tensors& tensors) {
  const auto pieces = cut(tensors);
  std::vector<double> sums(pieces.size());
  each(pieces, [&](std::int64_t i, const Piece& piece) {
    sums[static_cast<std::size_t>(i)] =
        kernels().sum_of_squares(tensors[piece.tensor].const_data_ptr<float>() + piece.first, piece.count);
  });
  double all = 0;
  for (const double sum : sums) all += sum;
  return all;
}

void adam(const Tensors& parameters, const Tensors& gradients, const Tensors& mean, const Tensors& square,
          std::int64_t step, double learning_rate, double gradient_scale) {
  constexpr double beta1 = 0.9, beta2 = 0.999;
  const auto t = static_cast<double>(step);
  const AdamConstants constants{static_cast<float>(gradient_scale),
                                static_cast<float>(1 - beta1),
                                static_cast<float>(beta2),
                                static_cast<float>(1 - beta2),
                                static_cast<float>(learning_rate / (1 - std::pow(beta1, t))),
                                static_cast<float>(1 / std::sqrt(1 - std::pow(beta2, t))),
                                1e-8F};
  each(cut(parameters), [&](std::int64_t, const Piece& piece) {
    const auto at = [&](const Tensors& tensors) {
      return tensors[piece.tensor].data_ptr<float>() + piece.first;
    };
    kernels().adam(at(parameters), at(gradients), at(mean), at(square), piece.count, constants);
  });
}

}  // namespace scaffold::fused
