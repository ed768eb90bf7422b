#include "workloads/tasks.hpp"

#include "fractal_unet/network/task.hpp"
#include "workloads/registry.hpp"

namespace scaffold {

void register_tasks() {
  register_workloads();
  add_task("fractal_unet", fractal_unet_task());
}

}  // namespace scaffold
