#include "model/kernel_bench.hpp"
#include "torch_commands.hpp"

namespace scaffold {

int run_bench_kernels(const BenchKernelsArguments& arguments) {
  KernelBenchOptions options;
  options.edge = arguments.edge;
  options.width = arguments.width;
  options.only = arguments.only;
  options.threads = arguments.thread_count();
  options.limits = arguments.limits();
  return print(bench_kernels(options), arguments);
}

}  // namespace scaffold
