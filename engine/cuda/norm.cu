// The GPU's part of the table: kernels in norm_kernels.hpp.
#include "cuda/device_table.hpp"
#include "cuda/launch.cuh"

namespace scaffold::gpu {

void add_norm(fused::DeviceKernels& table) { fill_norm<Gpu>(table); }

}  // namespace scaffold::gpu
