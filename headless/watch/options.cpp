#include "headless/watch/watch.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "headless/commands.hpp"

namespace scaffold {

void register_watch(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("watch", "Follow a run in this terminal, live or from its files");
  auto arguments = std::make_shared<WatchArguments>();
  command
      ->add_option("target", arguments->target.run,
                   "Run folder, or endpoint such as tcp://127.0.0.1:41235 (with --key)")
      ->required();
  as_path(command->add_option("--key", arguments->target.key,
                              "The run's monitor.json, where it is not in the run folder"));
  command->add_option("--endpoint", arguments->target.endpoint,
                      "Where the run is reached, such as a tunnel's near end");
  command->add_option("--ssh", arguments->target.login,
                      "user@login of the machine that has the folder: read it, and open a tunnel, with ssh");
  auto* once =
      command->add_flag("--once", arguments->once, "Print one line and end; the exit code tells the state");
  command->add_flag("--json", arguments->json, "Print the events, one JSON object a line, until the run ends")
      ->excludes(once);
  command->footer(
      "Example: scaffold watch benchmark_runs/benchmark_20261121-102030\n"
      "         scaffold watch runs/benchmark_20261121-102030 --ssh user@login");
  command->callback([=, &action] {
    // With --ssh the folder is one of that machine, and so is its ~.
    if (arguments->target.login.empty())
      arguments->target.run = path_of_option("target", arguments->target.run);
    action = [=] { return run_watch(*arguments); };
  });
}

}  // namespace scaffold
