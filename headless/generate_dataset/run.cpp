#include "device/device.hpp"
#include "headless/generate_dataset/generate_dataset.hpp"
#include "headless/torch_commands.hpp"
#include "workload/task.hpp"

namespace scaffold {

int run_generate_dataset(const ConfigArguments& arguments) {
  return make_dataset(arguments, [](const Config& config, World& world) {
    return task_of(config).dataset(config,
                                   select_device(config.device, world.local_rank(), world.local_size()));
  });
}

}  // namespace scaffold
