// Training a U-Net on fractals, as a task.
#pragma once
#include <memory>

#include "fractal_unet/network/unet.hpp"
#include "fractal_unet/options.hpp"
#include "workload/task.hpp"

namespace scaffold {

std::unique_ptr<Task> fractal_unet_task();

/// Network options that a configuration means on a device.
UNetOptions network_options(const Config& config, const at::Device& device);

/// What a checkpoint of it records, and back; Error where a size is missing.
NetworkSizes sizes_of(const UNetOptions& options, std::int64_t problem_scale);
UNetOptions unet_options(const NetworkSizes& sizes);

}  // namespace scaffold
