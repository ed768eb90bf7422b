// The table of fused/device_kernels.hpp by one way to launch kernels.
#pragma once
#include <c10/core/DeviceGuard.h>

#include <tuple>

#include "cuda/pool_device.hpp"
#include "cuda/softmax_device.hpp"

namespace scaffold::gpu {

/// f with the device of its first argument, a tensor, as the current one.
template <auto f>
struct There;
template <class R, class... A, R (*f)(A...)>
struct There<f> {
  static R call(A... arguments) {
    const c10::DeviceGuard guard(std::get<0>(std::tie(arguments...)).device());
    return f(arguments...);
  }
};

template <class Launch>
void fill_norm(fused::DeviceKernels& table) {
  table.norm_statistics = There<Norm<Launch>::statistics>::call;
  table.norm_constants = There<Norm<Launch>::constants_table>::call;
  table.norm_apply = There<Norm<Launch>::apply>::call;
  table.norm_gradient_sums = There<Norm<Launch>::gradient_sums>::call;
  table.norm_gradient = There<Norm<Launch>::gradient>::call;
}

template <class Launch>
void fill_loss(fused::DeviceKernels& table) {
  table.softmax_sums = There<SoftmaxLoss<Launch>::sums>::call;
  table.softmax_gradient = There<SoftmaxLoss<Launch>::gradient>::call;
  table.confusion = There<SoftmaxLoss<Launch>::confusion>::call;
}

template <class Launch>
void fill_volumes(fused::DeviceKernels& table) {
  table.pool = There<Pooling<Launch>::pool>::call;
  table.pool_gradient = There<Pooling<Launch>::gradient>::call;
  table.expand = There<expand_volumes<Launch>>::call;
}

}  // namespace scaffold::gpu
