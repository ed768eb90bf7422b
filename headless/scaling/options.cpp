// scaffold scaling: its command line.
#include <CLI/CLI.hpp>
#include <memory>

#include "config/command_line.hpp"
#include "core/text.hpp"
#include "headless/commands.hpp"
#include "headless/scaling/series.hpp"
#include "workload/workload.hpp"

namespace scaffold {

void register_scaling(CLI::App& app, Action& action) {
  auto* command =
      app.add_subcommand("scaling", "Train on growing numbers of ranks and tabulate what it costs");
  auto arguments = std::make_shared<ScalingArguments>();
  command
      ->add_option("--ranks", arguments->ranks,
                   "Ranks of each point: 1,2,4; alone is one process without the launcher")
      ->required();
  command->add_option("--shards", arguments->shards,
                      "How volumes are cut: one D,H,W for all points, or one for each: \"1,1,1 2,1,1\"");
  command
      ->add_option("--mode", arguments->mode,
                   "strong: the first point's global batch stays; weak: each replica's batch stays")
      ->capture_default_str();
  command->add_option(
      "--launch", arguments->launch,
      "Launcher, words apart by blanks, {ranks} in place of their number; default: mpirun "
      "--bind-to none -np {ranks}, with --oversubscribe where ranks exceed this machine's cores");
  command->add_option("--repeat", arguments->repeat, "Rounds, each of which measures every point once")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  as_path(command->add_option("--out", arguments->out,
                              "Folder for the table and the runs; default: a new one in base_run_dir"));
  command->add_flag("--json", arguments->json, "Print JSON");
  add_config_options(*command, arguments->files, arguments->overrides);
  command->footer(cat(
      "Unless given: epochs 1, max_steps_per_epoch 20, warmup_batches 3, train_seed 1; and, unless given on "
      "the command line,\na target that none reaches (",
      default_workload().metrics().front().target_key(), " 1) and checkpoint_interval -1.\n",
      "Examples: scaffold scaling -c configs/smoke.yml --ranks 1,2 --local-batch-size 2 --num-threads 1 "
      "--repeat 3\n"
      "          scaffold scaling -c configs/quickstart.yml --ranks 1,2,4 --shards \"1,1,1 2,1,1 2,2,1\"\n"
      "          scaffold scaling -c configs/benchmark_default.yml --mode weak --ranks 8,16,32 --launch "
      "\"srun --cpus-per-task=16 -n {ranks}\""));
  command->callback([=, &action] { action = [=] { return run_scaling(*arguments); }; });
}

}  // namespace scaffold
