// What the plug-in's files tell each other.
#pragma once
#include "device/device_kernels.hpp"

namespace scaffold {
class DeviceGraph;
}

namespace scaffold::gpu {

DeviceGraph* make_graph(int device);

void add_norm(fused::DeviceKernels& table);
void add_loss(fused::DeviceKernels& table);
void add_volumes(fused::DeviceKernels& table);

}  // namespace scaffold::gpu
