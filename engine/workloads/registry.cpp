#include "workloads/registry.hpp"

#include "fractal_unet/options.hpp"

namespace scaffold {

void register_workloads() { add_fractal_unet_keys(); }

}  // namespace scaffold
