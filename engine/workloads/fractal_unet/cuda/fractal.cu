// Fractals on the GPU: kernels in fractal_kernels.hpp.
#include "cuda/launch.cuh"
#include "cuda/workload_table.hpp"
#include "fractal_unet/cuda/fractal_device.hpp"

namespace scaffold::gpu {
namespace {

DeviceFractals make(const at::Device& device, std::span<const FractalJob> jobs, std::int64_t points,
                    std::int64_t edge) {
  const c10::cuda::CUDAGuard guard(device);
  return fractals<Gpu>(device, jobs, points, edge);
}

const FractalKernels kernels = {make};
const WorkloadTable table(kernels);

}  // namespace
}  // namespace scaffold::gpu
