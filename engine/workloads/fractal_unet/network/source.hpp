// Library and volumes of a configuration, found or made by a job.
#pragma once
#include <memory>

#include "fractal_unet/options.hpp"
#include "workload/task.hpp"

namespace scaffold {

/// `device`: may make voxels, too.
std::unique_ptr<DatasetSource> fractal_source(const Config& config, const at::Device& device);

}  // namespace scaffold
