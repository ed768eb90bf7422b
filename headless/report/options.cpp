// scaffold report: its command line. headless/report/run_verify.cpp does the work.
#include <CLI/CLI.hpp>
#include <memory>

#include "headless/commands.hpp"
#include "headless/torch_commands.hpp"

namespace scaffold {

void register_report(CLI::App& app, Action& action) {
  auto* group = app.add_subcommand("report", "What can be done with the reports of runs and campaigns");
  group->require_subcommand(1);
  auto* command = group->add_subcommand(
      "verify",
      "Computes a run's or campaign's stated results again and compares every record with the others");
  auto arguments = std::make_shared<VerifyArguments>();
  as_path(command->add_option("path", arguments->path, "Run folder, or campaign folder"))->required();
  as_path(command->add_option("--dataset", arguments->dataset,
                              "Dataset folder, where it is not where the run had it"));
  command->add_option("--device", arguments->device, "auto (the run's kind), cpu or cuda")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
      ->capture_default_str();
  command
      ->add_option("--num-threads", arguments->num_threads,
                   "Threads; 0: as many as the run had, if there are so many cores")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str();
  command->footer(
      "Exit code 0: VERIFIED. 3: something differs, or could not be checked for want of a checkpoint or "
      "dataset.\n"
      "Example: scaffold report verify benchmark_runs/campaign_20261121-101500");
  command->callback([=, &action] { action = [=] { return run_verify(*arguments); }; });
}

}  // namespace scaffold
