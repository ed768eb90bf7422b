#include "nn/fused/up.hpp"

#include <ATen/ATen.h>
#include <ATen/record_function.h>

#include "nn/fused/kernels.hpp"
#include "nn/fused/product.hpp"
#include "nn/fused/shapes.hpp"

namespace scaffold::fused {
namespace {

/// [inputs, taps · outputs]
at::Tensor matrix_of(const at::Tensor& kernel) {
  return kernel.permute({0, 2, 3, 4, 1}).reshape({kernel.size(0), 8 * kernel.size(1)});
}

}  // namespace

bool up_is_profitable(const at::Tensor& x) {
  return x.is_cpu() && x.scalar_type() == at::kFloat &&
         (kernels().weight_gradient_pays || same_bits_asked_for());
}

at::Tensor up_convolution(const at::Tensor& x, const at::Tensor& kernel, const at::Tensor& bias) {
  RECORD_FUNCTION("scaffold::up_convolution", std::vector<c10::IValue>({x, kernel}));
  const std::int64_t n = x.size(0), d = x.size(2), h = x.size(3), w = x.size(4), outputs = kernel.size(1);
  const at::Tensor matrix = matrix_of(kernel);
  at::Tensor y = at::empty({n, outputs, 2 * d, 2 * h, 2 * w},
                           x.options().memory_format(at::MemoryFormat::ChannelsLast3d));
  const at::Tensor from = x.permute({0, 2, 3, 4, 1}),
                   to = y.permute({0, 2, 3, 4, 1}).view({n, d, 2, h, 2, w, 2, outputs});
  // A few planes of inputs along D at a time: what lies between product and place stays in the caches.
  constexpr std::int64_t rows_at_once = 512;
  const std::int64_t step = std::max<std::int64_t>(rows_at_once / (h * w), 1);
  const at::Tensor of_taps = bias.defined() ? bias.repeat({8}) : at::Tensor();
  for (std::int64_t sample = 0; sample < n; ++sample)
    for (std::int64_t first = 0; first < d; first += step) {
      const std::int64_t planes = std::min(step, d - first);
      const at::Tensor in = from[sample].narrow(0, first, planes).reshape({-1, x.size(1)});
      at::Tensor products = at::empty({in.size(0), 8 * outputs}, x.options());
      if (bias.defined()) products.copy_(of_taps.expand_as(products));
      multiply(in, matrix, products, bias.defined());
      to[sample]
          .narrow(0, first, planes)
          .copy_(products.view({planes, h, w, 2, 2, 2, outputs}).permute({0, 3, 1, 4, 2, 5, 6}));
    }
  return y;
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> up_backward(const at::Tensor& grad, const at::Tensor& x,
                                                           const at::Tensor& kernel) {
  const std::int64_t n = x.size(0), inputs = kernel.size(0), outputs = kernel.size(1);
  const std::int64_t d = x.size(2), h = x.size(3), w = x.size(4);
  const at::Tensor taps = grad.permute({0, 2, 3, 4, 1})
                              .reshape({n, d, 2, h, 2, w, 2, outputs})
                              .permute({0, 1, 3, 5, 2, 4, 6, 7})
                              .reshape({-1, 8 * outputs})
                              .contiguous();
  const at::Tensor in = x.permute({0, 2, 3, 4, 1}).reshape({-1, inputs});
  const at::Tensor of_x = at::empty({in.size(0), inputs}, x.options());
  multiply(taps, matrix_of(kernel).t(), of_x);
  return {of_x.view({n, d, h, w, inputs}).permute({0, 4, 1, 2, 3}),
          multiply_over_rows(in, taps).view({inputs, 2, 2, 2, outputs}).permute({0, 4, 1, 2, 3}),
          sum_over_rows(taps).view({8, outputs}).sum(0)};
}

}  // namespace scaffold::fused
