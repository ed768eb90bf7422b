#include <CLI/CLI.hpp>
#include <memory>

#include "headless/commands.hpp"
#include "headless/torch_commands.hpp"

namespace scaffold {

void register_doctor(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand(
      "doctor", "Check what a run on this machine will meet: ranks, cores, network, files, GPU, memory");
  auto arguments = std::make_shared<DoctorArguments>();
  command
      ->add_option("--probe-mib", arguments->probe_mib,
                   "Size of the file that each rank writes and reads in each folder, MiB")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 20))
      ->capture_default_str();
  add_config_options(*command, arguments->files, arguments->overrides);
  command->footer(
      "Run it as the job will run, with the same launcher and options:\n"
      "Example: mpirun -np 2 scaffold doctor -c configs/quickstart.yml\n"
      "Without -c only what needs no configuration is looked at. Exit code 0: nothing is in the way of a "
      "run; "
      "1: something is.");
  command->callback([=, &action] { action = [=] { return run_doctor(*arguments); }; });
}

}  // namespace scaffold
