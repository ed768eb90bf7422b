// For the program without LibTorch.
#include "fractal_unet/commands/torch_commands.hpp"

namespace scaffold {

int run_predict(const PredictArguments&) { throw NeedsTorch(); }
int run_bench_kernels(const BenchKernelsArguments&) { throw NeedsTorch(); }
int run_bench_step(const BenchStepArguments&) { throw NeedsTorch(); }
int run_bench_monitor(const BenchMonitorArguments&) { throw NeedsTorch(); }

}  // namespace scaffold
