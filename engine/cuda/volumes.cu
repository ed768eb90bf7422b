// The GPU's part of the table: kernels in pool_device.hpp.
#include "cuda/device_table.hpp"
#include "cuda/launch.cuh"

namespace scaffold::gpu {

void add_volumes(fused::DeviceKernels& table) { fill_volumes<Gpu>(table); }

}  // namespace scaffold::gpu
