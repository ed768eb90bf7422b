// What `scaffold generate_dataset` does, with the CPU's voxels or a device's.
#pragma once
#include <functional>

#include "comm/mpi_world.hpp"
#include "fractal_unet/dataset/generate.hpp"
#include "headless/common.hpp"

namespace scaffold {

/// `voxels_for`, if any, is called on each rank. Collective; returns the exit code.
int make_dataset(const ConfigArguments& arguments,
                 const std::function<VoxelMaker(const Config&, World&)>& voxels_for);

}  // namespace scaffold
