// scaffold benchmark: its command line. headless/benchmark/run.cpp does the work.
#include <CLI/CLI.hpp>
#include <memory>

#include "config/arguments.hpp"
#include "config/command_line.hpp"
#include "headless/commands.hpp"
#include "headless/torch_commands.hpp"

namespace scaffold {

void register_benchmark(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("benchmark", "Train to the target and report the figure of merit");
  auto arguments = std::make_shared<BenchmarkArguments>();
  command->add_flag("--restart", arguments->restart, "Resume the run in --run-dir from its last checkpoint");
  as_path(command->add_option("--run-dir", arguments->run_dir, "Run folder to resume"));
  as_path(command->add_option(
      "--trace", arguments->trace,
      "Folder for a trace of a few steps of each rank, for chrome://tracing and ui.perfetto.dev"));
  command->add_option("--trace-steps", arguments->trace_steps, "Steps, and validation volumes, that it shows")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  add_config_options(*command, arguments->files, arguments->overrides);
  command->footer(
      "Examples: scaffold benchmark -c configs/quickstart.yml\n"
      "          scaffold benchmark -c configs/benchmark_default.yml --problem-scale 6 --checkpoint-interval "
      "1\n"
      "          scaffold benchmark --restart --run-dir benchmark_runs/benchmark_20261121-101500");
  command->callback([=, &action] { action = [=] { return run_benchmark(*arguments); }; });
}

}  // namespace scaffold
