#include "headless/commands.hpp"

#include <CLI/CLI.hpp>

namespace scaffold {

void register_bench(CLI::App& app, Action& action) {
  auto* command =
      app.add_subcommand("bench", "Measure one part of the program against its plain alternative");
  command->require_subcommand(1);
  command->footer(
      std::string(
          "Alternatives take turns in one process. Shown: median and quartiles of a call's time; its rate; "
          "the rate as a\nshare of what this machine did meanwhile, copying memory or multiplying matrices; "
          "and how many times faster than\nthe first alternative (median and quartiles of the ratios within "
          "a round).\n") +
      bench_examples);
  for (const auto add : benchmarks()) add(*command, action);
}

}  // namespace scaffold
