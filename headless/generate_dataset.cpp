#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "comm/affinity.hpp"
#include "comm/mpi_world.hpp"
#include "commands.hpp"
#include "core/text.hpp"
#include "dataset/generate.hpp"

namespace scaffold {

void register_generate_dataset(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("generate_dataset", "Make the dataset alone, or find it made");
  auto arguments = std::make_shared<ConfigArguments>();
  add_config_options(*command, arguments->files, arguments->overrides);
  command->footer(
      "Example: scaffold generate_dataset -c configs/quickstart.yml --dataset-dir /scratch/datasets");
  command->callback([=, &action] {
    action = [=] {
      return on_all_ranks([&](World& world) {
        Config config;
        Library library;
        together(world.all(), [&] {
          config = merge_config(arguments->files, arguments->overrides).values;
          library = load_library(library_spec(config), static_cast<int>(config.n_categories));
        });
        const int cores = threads(config, claim_cores(world.all()));
        const DatasetInfo info = ensure_dataset(dataset_spec(config), library, cores,
                                                config.datagen_from_scratch, world.all(), world.local_size());
        if (world.rank() != 0) return 0;
        std::cout << "dataset: " << info.folder.string() << "\n"
                  << info.volumes << " volumes of " << info.edge << "^3 voxels (" << info.training
                  << " training, " << info.validation << " validation), "
                  << human_bytes(static_cast<double>(info.bytes)) << ", " << info.format << ", "
                  << (info.generation_seconds > 0 ? "made in " + human_seconds(info.generation_seconds)
                                                  : std::string("reused"))
                  << "\n";
        return 0;
      });
    };
  });
}

}  // namespace scaffold
