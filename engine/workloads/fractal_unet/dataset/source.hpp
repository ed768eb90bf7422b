// Library and volumes of a configuration, found or made.
#pragma once
#include <memory>

#include "config/config.hpp"
#include "fractal_unet/dataset/generate.hpp"
#include "workload/dataset_source.hpp"

namespace scaffold {

/// `voxels`: a device's way to make them; nothing: the CPU's.
std::unique_ptr<DatasetSource> fractal_source(const Config& config, VoxelMaker voxels = nullptr);

}  // namespace scaffold
