#include "device/device.hpp"
#include "device/recycled_memory.hpp"
#include "fractal_unet/bench/step.hpp"
#include "fractal_unet/commands/torch_commands.hpp"
#include "fractal_unet/rules.hpp"

namespace scaffold {

int run_bench_step(const BenchStepArguments& arguments) {
  recycle_tensor_memory();
  StepBenchOptions options;
  options.device = select_device(arguments.device);
  options.network.levels = arguments.scale - usual_bottleneck(arguments.scale);
  options.network.activation_checkpointing = arguments.checkpointing;
  options.network.precision = resolve_precision(arguments.amp != 0, options.device);
  options.edge = std::int64_t{1} << arguments.scale;
  options.batch = arguments.batch;
  options.threads = arguments.thread_count();
  options.limits = arguments.limits();
  return print(bench_step(options), arguments);
}

}  // namespace scaffold
