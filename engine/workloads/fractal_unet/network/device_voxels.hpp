// Datasets' fractals made on a GPU.
#pragma once
#include "fractal_unet/dataset/generate.hpp"
#include "fractal_unet/fractal/cloud.hpp"
#include "fractal_unet/network/device_fractals.hpp"

namespace scaffold {

FractalJob job_of(const CloudTask& task);

using FractalMaker =
    std::function<DeviceFractals(std::span<const FractalJob> jobs, std::int64_t points, std::int64_t edge)>;

/// Voxel lists by `make`, which is given as many instances at once as take `max_bytes` of its memory. The
/// first one is compared with the CPU's: where they differ a warning is logged and nothing more is asked of
/// `make`.
VoxelMaker voxels_by(FractalMaker make, std::uint64_t max_bytes = std::uint64_t{2} << 30);

/// By a CUDA device; nothing for the CPU.
VoxelMaker device_voxels(const at::Device& device);

}  // namespace scaffold
