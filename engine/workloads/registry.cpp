#include "workloads/registry.hpp"

#include "fractal_unet/workload.hpp"

namespace scaffold {

void register_workloads() { add_workload(fractal_unet_workload()); }

}  // namespace scaffold
