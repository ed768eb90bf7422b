// The benchmark as a workload of this program.
#pragma once
#include <memory>

#include "workload/workload.hpp"

namespace scaffold {

std::unique_ptr<Workload> fractal_unet_workload();

}  // namespace scaffold
