// The GPU's part of the table: kernels in softmax_kernels.hpp.
#include "cuda/device_table.hpp"
#include "cuda/launch.cuh"

namespace scaffold::gpu {

void add_loss(fused::DeviceKernels& table) { fill_loss<Gpu>(table); }

}  // namespace scaffold::gpu
