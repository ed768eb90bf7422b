// scaffold benchmark: one run of its own.
#include "config/arguments.hpp"
#include "core/error.hpp"
#include "device/recycled_memory.hpp"
#include "headless/torch_commands.hpp"
#include "job/benchmark_run.hpp"
#include "job/job_ranks.hpp"

namespace scaffold {

int run_benchmark(const BenchmarkArguments& arguments) {
  recycle_tensor_memory();
  if (arguments.restart && arguments.run_dir.empty())
    throw ConfigError("--restart needs --run-dir DIR: which run to resume is never guessed");
  if (!arguments.restart && !arguments.run_dir.empty())
    throw ConfigError("--run-dir names a run to resume; add --restart, or leave it out for a new run");
  return on_agreeing_ranks([&](Ranks& ranks) { return run_once(arguments, {}, ranks); });
}

}  // namespace scaffold
