#include "fractal_unet/network/device_fractals.hpp"

#include <ATen/ATen.h>

#include <bit>

#include "core/error.hpp"
#include "device/workload_kernels.hpp"

namespace scaffold {

std::vector<std::uint64_t> voxels_of_bitmap(const at::Tensor& bitmap) {
  std::vector<std::uint64_t> voxels;
  const auto* words = bitmap.const_data_ptr<std::int32_t>();
  for (std::int64_t i = 0; i < bitmap.numel(); ++i)
    for (auto left = static_cast<std::uint32_t>(words[i]); left != 0; left &= left - 1)
      voxels.push_back(static_cast<std::uint64_t>(i) * 32 + static_cast<unsigned>(std::countr_zero(left)));
  return voxels;
}

DeviceFractals fractals_on_device(const at::Device& device, std::span<const FractalJob> jobs,
                                  std::int64_t points, std::int64_t edge) {
  const auto* const kernels = workload_kernels<FractalKernels>();
  if (!kernels) throw SystemError("the GPU makes no fractals: the CUDA plug-in has no kernels for them");
  try {
    return kernels->make(device, jobs, points, edge);
  } catch (const std::exception& error) {
    throw SystemError(std::string("the GPU makes no fractals: ") + error.what());
  }
}

}  // namespace scaffold
