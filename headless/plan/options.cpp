#include <CLI/CLI.hpp>
#include <memory>

#include "config/command_line.hpp"
#include "headless/commands.hpp"
#include "headless/torch_commands.hpp"

namespace scaffold {

void register_plan(CLI::App& app, Action& action) {
  auto* command =
      app.add_subcommand("plan", "Say what a configuration takes on a machine: memory, bytes, time");
  auto arguments = std::make_shared<PlanArguments>();
  as_path(command->add_option(
      "--machine", arguments->machine,
      "Machine description: a file, or the name of one in configs/machines (h100, h200, mi300a, "
      "cpu-2core)"));
  command->add_option("--ranks", arguments->ranks, "Ranks of the job; 0: one replica")
      ->check(CLI::Range(0, 1 << 24))
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "Print JSON");
  add_config_options(*command, arguments->files, arguments->overrides);
  command->footer("Example: scaffold plan -c configs/official.yml --machine h100 --ranks 1024");
  command->callback([=, &action] { action = [=] { return run_plan(*arguments); }; });
}

}  // namespace scaffold
