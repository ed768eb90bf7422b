// What the plug-in's files tell each other.
#pragma once
#include <string>

#include "device/device_fractals.hpp"
#include "device/device_kernels.hpp"

namespace scaffold {
class DeviceGraph;
}

namespace scaffold::gpu {

DeviceGraph* make_graph(int device);
bool make_fractals(const FractalJob* jobs, std::int64_t count, std::int64_t points, std::int64_t edge,
                   int device, DeviceFractals& into, std::string& error);

void add_norm(fused::DeviceKernels& table);
void add_loss(fused::DeviceKernels& table);
void add_volumes(fused::DeviceKernels& table);

}  // namespace scaffold::gpu
