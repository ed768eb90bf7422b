#include "nn/fused/pointwise.hpp"

#include <ATen/ATen.h>
#include <ATen/record_function.h>

#include "nn/fused/product.hpp"
#include "nn/fused/shapes.hpp"

namespace scaffold::fused {
namespace {

/// [voxels of all samples, channels]
at::Tensor in_rows(const at::Tensor& x) { return x.permute({0, 2, 3, 4, 1}).reshape({-1, x.size(1)}); }

at::Tensor pointwise_matrix(const at::Tensor& kernel) {
  return kernel.reshape({kernel.size(0), kernel.size(1)});
}

}  // namespace

bool pointwise_is_profitable(const at::Tensor& x) {
  return own_kernels_pay(x) && x.scalar_type() == at::kFloat;
}

at::Tensor pointwise_convolution(const at::Tensor& x, const at::Tensor& kernel, const at::Tensor& bias) {
  RECORD_FUNCTION("scaffold::pointwise_convolution", std::vector<c10::IValue>({x, kernel}));
  const std::int64_t outputs = kernel.size(0);
  const at::Tensor y = at::empty({x.size(0), x.size(2), x.size(3), x.size(4), outputs}, x.options());
  const at::Tensor rows = y.view({-1, outputs});
  if (bias.defined()) rows.copy_(bias.expand_as(rows));
  multiply(in_rows(x), pointwise_matrix(kernel).t(), rows, bias.defined());
  return y.permute({0, 4, 1, 2, 3});
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> pointwise_backward(const at::Tensor& grad, const at::Tensor& x,
                                                                  const at::Tensor& kernel) {
  const at::Tensor g = in_rows(grad).contiguous(), in = in_rows(x);
  const at::Tensor of_x = at::empty({x.size(0), x.size(2), x.size(3), x.size(4), x.size(1)}, x.options());
  multiply(g, pointwise_matrix(kernel), of_x.view({-1, x.size(1)}));
  return {of_x.permute({0, 4, 1, 2, 3}), multiply_over_rows(g, in).view(kernel.sizes()), sum_over_rows(g)};
}

}  // namespace scaffold::fused
