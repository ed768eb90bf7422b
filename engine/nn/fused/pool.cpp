#include "nn/fused/pool.hpp"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include "device/device_kernels.hpp"
#include "nn/fused/rows.hpp"

namespace scaffold::fused {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// The four input rows (d, h) of output row i, which is counted over samples, depths and heights.
template <class T>
struct Windows {
  Windows(T* data, const at::Tensor& x, std::int64_t step)
      : base(data), row(x.size(4) * step), plane(x.size(3) * row), heights(x.size(3) / 2) {}
  void at(std::int64_t i, T* (&into)[4]) const {
    T* first = base + i / heights * 2 * plane + i % heights * 2 * row;
    into[0] = first;
    into[1] = first + row;
    into[2] = first + plane;
    into[3] = first + plane + row;
  }
  T* base;
  std::int64_t row, plane, heights;
};

template <class Body>
void each_row(const at::Tensor& x, const Body& body) {
  at::parallel_for(0, x.size(0) * (x.size(2) / 2) * (x.size(3) / 2), 1,
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t i = begin; i < end; ++i) body(i);
                   });
}

struct Pool : torch::autograd::Function<Pool> {
  static variable_list forward(AutogradContext* ctx, const at::Tensor& input) {
    const Rows x = rows(input);
    ctx->save_for_backward({x.tensor});
    ctx->set_materialize_grads(false);
    if (const DeviceKernels* device = device_kernels(input)) return {input, device->pool(x.tensor, x.stride)};
    const std::int64_t channels = input.size(1), width = input.size(4) / 2;
    at::Tensor out = at::empty({input.size(0), channels, input.size(2) / 2, input.size(3) / 2, width},
                               input.options().memory_format(at::MemoryFormat::ChannelsLast3d));
    with_type(input, [&](auto* type) {
      using T = Pointee<decltype(type)>;
      const Windows<const T> windows(x.data<T>(), input, x.stride);
      T* to = static_cast<T*>(out.data_ptr());
      each_row(input, [&](std::int64_t i) {
        const T* in[4];
        windows.at(i, in);
        kernels().pool<T>().pool(in, x.stride, width, channels, to + i * width * channels);
      });
    });
    return {input, out};
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    if (!grads[1].defined()) return {grads[0]};
    const Rows x = rows(saved[0]), grad{grads[1].contiguous(at::MemoryFormat::ChannelsLast3d), 0};
    const Rows skip = grads[0].defined() ? rows(grads[0]) : Rows{{}, 0};
    if (const DeviceKernels* device = device_kernels(x.tensor))
      return {device->pool_gradient(x.tensor, x.stride, grad.tensor, skip.tensor, skip.stride)};
    const at::Tensor& input = x.tensor;
    const std::int64_t channels = input.size(1), width = input.size(4) / 2;
    at::Tensor into =
        at::empty(input.sizes(), input.options().memory_format(at::MemoryFormat::ChannelsLast3d));
    with_type(input, [&](auto* type) {
      using T = Pointee<decltype(type)>;
      const Windows<const T> windows(x.data<T>(), input, x.stride);
      const Windows<const T> skips(skip.tensor.defined() ? skip.data<T>() : nullptr, input, skip.stride);
      const Windows<T> outs(static_cast<T*>(into.data_ptr()), input, channels);
      each_row(input, [&](std::int64_t i) {
        const T *in[4], *through[4] = {};
        T* out[4];
        windows.at(i, in);
        if (skip.tensor.defined()) skips.at(i, through);
        outs.at(i, out);
        kernels().pool<T>().gradient(in, x.stride, grad.data<T>() + i * width * channels, through,
                                     skip.stride, width, channels, out);
      });
    });
    return {into};
  }
};

}  // namespace

Pooled pool(const at::Tensor& x) {
  const auto outputs = Pool::apply(x);
  return {outputs[0], outputs[1]};
}

}  // namespace scaffold::fused
