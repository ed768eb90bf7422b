// The table of fused/device_kernels.hpp by one way to launch kernels.
#pragma once
#include "model/cuda/pool_device.hpp"
#include "model/cuda/softmax_device.hpp"

namespace scaffold::gpu {

template <class Launch>
void fill_norm(fused::DeviceKernels& table) {
  table.norm_statistics = Norm<Launch>::statistics;
  table.norm_constants = Norm<Launch>::constants_table;
  table.norm_apply = Norm<Launch>::apply;
  table.norm_gradient_sums = Norm<Launch>::gradient_sums;
  table.norm_gradient = Norm<Launch>::gradient;
}

template <class Launch>
void fill_loss(fused::DeviceKernels& table) {
  table.softmax_sums = SoftmaxLoss<Launch>::sums;
  table.softmax_gradient = SoftmaxLoss<Launch>::gradient;
  table.confusion = SoftmaxLoss<Launch>::confusion;
}

template <class Launch>
void fill_volumes(fused::DeviceKernels& table) {
  table.pool = Pooling<Launch>::pool;
  table.pool_gradient = Pooling<Launch>::gradient;
  table.expand = expand_volumes<Launch>;
}

}  // namespace scaffold::gpu
