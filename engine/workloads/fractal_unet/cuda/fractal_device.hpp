// Launches the kernels of fractal_kernels.hpp.
#pragma once
#include <ATen/ATen.h>

#include "fractal_unet/cuda/fractal_kernels.hpp"

namespace scaffold::gpu {

template <class Launch>
DeviceFractals fractals(const at::Device& device, std::span<const FractalJob> jobs, std::int64_t points,
                        std::int64_t edge) {
  static_assert(std::is_trivially_copyable_v<FractalJob> && std::is_trivially_copyable_v<ChainEnd>);
  const auto count = static_cast<std::int64_t>(jobs.size()), words = divided_up(edge * edge * edge, 32);
  const auto bytes = [&](std::int64_t n) {
    return at::empty({n}, at::TensorOptions().dtype(at::kByte).device(device));
  };
  const at::Tensor given = at::from_blob(const_cast<FractalJob*>(jobs.data()),
                                         {count * static_cast<std::int64_t>(sizeof(FractalJob))}, at::kByte)
                               .to(device, /*non_blocking=*/false, /*copy=*/true);
  const at::Tensor cloud =
      at::empty({count, 3, points}, at::TensorOptions().dtype(at::kFloat).device(device));
  const at::Tensor ends = bytes(count * static_cast<std::int64_t>(sizeof(ChainEnd)));
  const at::Tensor bitmaps = at::zeros({count, words}, at::TensorOptions().dtype(at::kInt).device(device));
  auto* const end = static_cast<ChainEnd*>(ends.data_ptr());
  auto* const coordinates = static_cast<float*>(cloud.data_ptr());
  Launch::launch({divided_up(count, Chains::threads)},
                 Chains{static_cast<const FractalJob*>(given.data_ptr()), static_cast<int>(count), points,
                        coordinates, end});
  Launch::launch(
      {divided_up(points, MarkVoxels::threads), count},
      MarkVoxels{coordinates, end, points, edge, words, static_cast<std::uint32_t*>(bitmaps.data_ptr())});
  DeviceFractals found{bitmaps.to(at::kCPU), {}};
  const at::Tensor read = ends.to(at::kCPU);
  for (std::int64_t i = 0; i < count; ++i)
    found.states.push_back(static_cast<const ChainEnd*>(read.const_data_ptr())[i].state);
  return found;
}

}  // namespace scaffold::gpu
