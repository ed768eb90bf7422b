// Fractals on the GPU: kernels in fractal_kernels.hpp.
#include "cuda/fractal_device.hpp"
#include "cuda/launch.cuh"
#include "cuda/tables.hpp"

namespace scaffold::gpu {

bool make_fractals(const FractalJob* jobs, std::int64_t count, std::int64_t points, std::int64_t edge,
                   int device, DeviceFractals& into, std::string& error) {
  try {
    const at::Device there(at::kCUDA, static_cast<c10::DeviceIndex>(device));
    const c10::cuda::CUDAGuard guard(there);
    into = fractals<Gpu>(there, {jobs, static_cast<std::size_t>(count)}, points, edge);
    return true;
  } catch (const std::exception& e) {
    error = e.what();
  }
  return false;
}

}  // namespace scaffold::gpu
