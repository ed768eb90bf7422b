#include "nn/fused/image.hpp"

#include <ATen/Parallel.h>
#include <ATen/record_function.h>

#include "nn/fused/product.hpp"
#include "nn/fused/rows.hpp"
#include "nn/fused/shapes.hpp"

namespace scaffold::fused {

bool image_is_profitable(const at::Tensor& x, std::int64_t outputs) {
  return own_kernels_pay(x) && x.size(1) == image_channels && outputs % kernels().panel == 0;
}

at::Tensor image_convolution(const at::Tensor& given, const at::Tensor& weight, const Padding& padding) {
  RECORD_FUNCTION("scaffold::image_convolution", std::vector<c10::IValue>({given, weight}));
  const at::Tensor x = given.contiguous(at::MemoryFormat::ChannelsLast3d);
  const CubicShape shape = shape_of(x, padding);
  const std::int64_t outputs = weight.size(0), rows_of_sample = shape.outputs(0) * shape.outputs(1);
  const at::Tensor taps =
      weight.permute({2, 3, 4, 1, 0}).to(at::kFloat).contiguous().view({image_taps, outputs});
  at::Tensor y = empty_volume(shape, x.size(0), outputs, x);
  with_type(x, [&](auto* type) {
    using T = Pointee<decltype(type)>;
    at::parallel_for(0, x.size(0) * rows_of_sample, 8, [&](std::int64_t begin, std::int64_t end) {
      std::vector<float> scratch(static_cast<std::size_t>(image_scratch(shape)));
      for (std::int64_t row = begin; row < end;) {
        const std::int64_t sample = row / rows_of_sample, first = row % rows_of_sample;
        const std::int64_t count = std::min(end - row, rows_of_sample - first);
        kernels().image<T>().convolve(of_sample<T>(Rows{x, image_channels}, sample), shape, first, count,
                                      taps.const_data_ptr<float>(), outputs, scratch.data(),
                                      of_sample<T>(Rows{y, outputs}, sample));
        row += count;
      }
    });
  });
  return y;
}

at::Tensor image_weight_gradient(const at::Tensor& given_grad, const at::Tensor& given,
                                 const Padding& padding) {
  RECORD_FUNCTION("scaffold::image_weight_gradient", std::vector<c10::IValue>({given_grad, given}));
  const at::Tensor x = given.contiguous(at::MemoryFormat::ChannelsLast3d);
  const Rows grad = rows(given_grad);
  const CubicShape shape = shape_of(x, padding);
  const std::int64_t outputs = given_grad.size(1), rows_of_sample = shape.outputs(0) * shape.outputs(1);
  // Pieces depend on the shape alone: the same sums on any number of threads.
  const std::int64_t pieces = std::min<std::int64_t>(rows_of_sample, 64);
  const at::Tensor sums = at::zeros({x.size(0) * pieces, image_taps * outputs}, at::kFloat);
  with_type(x, [&](auto* type) {
    using T = Pointee<decltype(type)>;
    at::parallel_for(0, x.size(0) * pieces, 1, [&](std::int64_t begin, std::int64_t end) {
      std::vector<float> scratch(static_cast<std::size_t>(image_scratch(shape)));
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t sample = i / pieces, first = i % pieces * rows_of_sample / pieces;
        const std::int64_t last = (i % pieces + 1) * rows_of_sample / pieces;
        kernels().image<T>().weight_gradient(of_sample<T>(Rows{x, image_channels}, sample), shape, first,
                                             last - first, of_sample<T>(grad, sample), grad.stride, outputs,
                                             scratch.data(),
                                             sums.data_ptr<float>() + i * image_taps * outputs);
      }
    });
  });
  return sum_over_rows(sums)
      .to(x.scalar_type())
      .view({3, 3, 3, image_channels, outputs})
      .permute({4, 3, 0, 1, 2})
      .contiguous(at::MemoryFormat::ChannelsLast3d);
}

}  // namespace scaffold::fused
