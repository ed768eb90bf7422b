// scaffold campaign: its command line. headless/campaign/run.cpp does the work.
#include <CLI/CLI.hpp>
#include <memory>

#include "config/command_line.hpp"
#include "headless/commands.hpp"
#include "headless/torch_commands.hpp"

namespace scaffold {

void register_campaign(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand(
      "campaign",
      "Whole runs with different seeds, one after the other, and their median: the official figure");
  auto arguments = std::make_shared<CampaignArguments>();
  command->add_option("--runs", arguments->runs, "Number of runs; default: 3, or as many as --seeds")
      ->check(CLI::Range(1, 1000));
  command->add_option("--seeds", arguments->seeds,
                      "Their seeds, all different: 1,2,3; default: the key seed and the numbers after it");
  as_path(command->add_option(
      "--resume", arguments->resume,
      "Continue this campaign's folder: runs that have ended stay, the others are made anew"));
  add_config_options(*command, arguments->files, arguments->overrides);
  command->footer(
      "Each run is an ordinary run folder in base_run_dir/campaign_<time>/, beside campaign.json, .csv and "
      ".html.\n"
      "Libraries and datasets are made as needed. Exit code 0 when every run ended in order, at its target "
      "or not.\n"
      "Examples: scaffold campaign -c configs/official.yml --runs 3\n"
      "          scaffold campaign -c configs/quickstart.yml --seeds 7,8,9\n"
      "          scaffold campaign --resume benchmark_runs/campaign_20261121-101500");
  command->callback([=, &action] { action = [=] { return run_campaign(*arguments); }; });
}

}  // namespace scaffold
