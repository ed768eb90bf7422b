#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>

#include "comm/affinity.hpp"
#include "comm/mpi_world.hpp"
#include "comm/on_all_ranks.hpp"
#include "config/config.hpp"
#include "core/text.hpp"
#include "headless/commands.hpp"
#include "headless/generate_dataset/generate_dataset.hpp"
#include "headless/torch_commands.hpp"
#include "workload/workload.hpp"

namespace scaffold {

int make_dataset(const ConfigArguments& arguments, const SourceOf& source_of) {
  return on_all_ranks([&](World& world) {
    Config config;
    std::unique_ptr<DatasetSource> source;
    collective_try(world.all(), [&] {
      config = merge_config(arguments.files, arguments.overrides).values;
      source = source_of(config, world);
    });
    const DataRanks ranks{world.all(), world.local_size(), threads(config, claim_cores(world.all()))};
    source->find_inputs(ranks, false);
    const DatasetInfo info = source->ensure(ranks, config.datagen_from_scratch);
    if (world.rank() != 0) return 0;
    std::cout << "dataset: " << info.folder.string() << "\n"
              << info.samples << " samples of " << extents_text(info.extents) << " voxels (" << info.training
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
      "Samples are made by the CPU, with --device cuda by a GPU; the dataset is the same.");
  command->callback([=, &action] {
    action = [=] {
      return wants_gpu(arguments->overrides) ? run_generate_dataset(*arguments)
                                             : make_dataset(*arguments, [](const Config& config, World&) {
                                                 return workload_of(config).dataset(config);
                                               });
    };
  });
}

}  // namespace scaffold
