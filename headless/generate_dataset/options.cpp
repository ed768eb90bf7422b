#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>

#include "comm/affinity.hpp"
#include "comm/mpi_world.hpp"
#include "comm/on_all_ranks.hpp"
#include "config/config.hpp"
#include "core/text.hpp"
#include "fractal_unet/dataset/generate.hpp"
#include "fractal_unet/options.hpp"
#include "fractal_unet/specs.hpp"
#include "headless/commands.hpp"
#include "headless/generate_dataset/generate_dataset.hpp"
#include "headless/torch_commands.hpp"

namespace scaffold {

int make_dataset(const ConfigArguments& arguments,
                 const std::function<VoxelMaker(const Config&, World&)>& voxels_for) {
  return on_all_ranks([&](World& world) {
    Config config;
    Library library;
    GenerationLimits how;
    how.ranks_here = world.local_size();
    collective_try(world.all(), [&] {
      config = merge_config(arguments.files, arguments.overrides).values;
      library = load_library(library_spec(config), static_cast<int>(fractal_unet(config).n_categories));
      if (voxels_for) how.voxels = voxels_for(config, world);
    });
    const int cores = threads(config, claim_cores(world.all()));
    const DatasetInfo info =
        ensure_dataset(dataset_spec(config), library, cores, config.datagen_from_scratch, how, world.all());
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
}

namespace {

/// Only as the command line says: LibTorch, which a GPU needs, is started before a configuration is read.
bool wants_gpu(const std::vector<Override>& overrides) {
  const auto last =
      std::find_if(overrides.rbegin(), overrides.rend(), [](const Override& o) { return o.key == "device"; });
  return last != overrides.rend() && last->values == std::vector<std::string>{"cuda"};
}

}  // namespace

void register_generate_dataset(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("generate_dataset", "Make the dataset alone, or find it made");
  auto arguments = std::make_shared<ConfigArguments>();
  add_config_options(*command, arguments->files, arguments->overrides);
  command->footer(
      "Example: scaffold generate_dataset -c configs/quickstart.yml --dataset-dir /scratch/datasets\n"
      "Fractals are made by the CPU, with --device cuda by a GPU; the dataset is the same.");
  command->callback([=, &action] {
    action = [=] {
      return wants_gpu(arguments->overrides) ? run_generate_dataset(*arguments)
                                             : make_dataset(*arguments, nullptr);
    };
  });
}

}  // namespace scaffold
