// The GPU's part of the table: kernels in norm_kernels.hpp.
#include "model/cuda/device_table.hpp"
#include "model/cuda/launch.cuh"

namespace scaffold::gpu {

void add_norm(fused::DeviceKernels& table) { fill_norm<Gpu>(table); }

}  // namespace scaffold::gpu
