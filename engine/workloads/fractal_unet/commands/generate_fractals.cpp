#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "comm/affinity.hpp"
#include "comm/mpi_world.hpp"
#include "comm/on_all_ranks.hpp"
#include "config/config.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "fractal_unet/commands/commands.hpp"
#include "fractal_unet/specs.hpp"

namespace scaffold {

void register_generate_fractals(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("generate_fractals", "Search fractal categories and write the library");
  auto arguments = std::make_shared<ConfigArguments>();
  auto force = std::make_shared<bool>(false);
  command->add_flag("--force", *force, "Start over instead of filling holes");
  add_config_options(*command, arguments->files, arguments->overrides);
  command->footer("Example: scaffold generate_fractals -c configs/quickstart.yml");
  command->callback([=, &action] {
    action = [=] {
      return on_all_ranks([&](World& world) {
        Config config;
        collective_try(world.all(),
                       [&] { config = merge_config(arguments->files, arguments->overrides).values; });
        const fs::path folder =
            search_library(config, threads(config, claim_cores(world.all())), *force, world.all());
        if (world.rank() == 0) std::cout << "library: " << folder.string() << "\n";
        return 0;
      });
    };
  });
}

}  // namespace scaffold
