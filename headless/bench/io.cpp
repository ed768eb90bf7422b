#include "headless/bench/bench.hpp"
#include "headless/torch_commands.hpp"

namespace scaffold {

void register_bench_io(CLI::App& bench, Action& action) {
  auto arguments = std::make_shared<BenchIoArguments>();
  auto* command =
      add_bench(bench, "io", "Checkpoints against bare writes and reads of as many bytes", arguments);
  as_path(command->add_option("folder", arguments->folder,
                              "On the file system to measure; what is written is removed"))
      ->required();
  command->add_option("--scale", arguments->scale, "problem_scale of the network whose checkpoint is written")
      ->check(CLI::Range(4, 10))
      ->capture_default_str();
  command->footer("Example: scaffold bench io benchmark_runs --scale 6");
  command->callback([=, &action] { action = [=] { return run_bench_io(*arguments); }; });
}

}  // namespace scaffold
