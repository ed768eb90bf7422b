// What the plug-in's files tell each other.
#pragma once
#include "model/fused/device_kernels.hpp"

namespace scaffold::gpu {

void add_norm(fused::DeviceKernels& table);
void add_loss(fused::DeviceKernels& table);
void add_volumes(fused::DeviceKernels& table);

}  // namespace scaffold::gpu
