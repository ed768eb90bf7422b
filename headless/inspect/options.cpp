#include "headless/inspect/inspect.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "headless/commands.hpp"

namespace scaffold {

void register_inspect(CLI::App& app, Action& action) {
  auto* command =
      app.add_subcommand("inspect", "Say what a file or folder of ours is, and whether it is sound");
  auto arguments = std::make_shared<InspectArguments>();
  as_path(command->add_option(
              "path", arguments->path,
              "Library (or the folder above), dataset, volume, checkpoint, prediction, .vtkhdf file, "
              "run, campaign"))
      ->required();
  command->add_flag("--verify", arguments->verify,
                    "Also read the data of a dataset, volume, run or campaign and check every checksum");
  command->footer("Example: scaffold inspect datasets/HASH --verify");
  command->callback([=, &action] { action = [=] { return run_inspect(*arguments); }; });
}

}  // namespace scaffold
