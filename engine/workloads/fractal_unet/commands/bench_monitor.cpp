#include "fractal_unet/commands/commands.hpp"
#include "fractal_unet/commands/torch_commands.hpp"

namespace scaffold {

void register_bench_monitor(CLI::App& bench, Action& action) {
  auto arguments = std::make_shared<BenchMonitorArguments>();
  arguments->seconds = 60;
  auto* command = add_bench(
      bench, "monitor", "What being watched costs a training step: steps with watchers against steps without",
      arguments);
  command->add_option("--scale", arguments->scale, "problem_scale of the network that trains")
      ->check(CLI::Range(4, 10))
      ->capture_default_str();
  command->add_option("--watchers", arguments->watchers, "Subscribers that receive everything")
      ->check(CLI::Range(1, 16))
      ->capture_default_str();
  command->add_option("--volume-scale", arguments->volume_scale, "Kept volumes have 2^this voxels an axis")
      ->check(CLI::Range(3, 8))
      ->capture_default_str();
  command->add_option("--memory-scale", arguments->memory_scale, "The same of those whose memory is measured")
      ->check(CLI::Range(3, 8))
      ->capture_default_str();
  command->add_option("--amp", arguments->amp, "torch_amp: 1 for bfloat16 where the device computes it")
      ->check(CLI::Range(0, 1))
      ->capture_default_str();
  command->footer(
      "Every step logs an event, watched or not; a watched one also wakes the publisher, and each tenth "
      "hands it "
      "a\nvolume. The watchers run in this process, on the same cores: a worst case. Of every three steps "
      "the "
      "last has one\nwatcher more, a process that is stopped (SIGSTOP) for as long as it takes. Memory is "
      "measured before: how far this\nprocess's resident set grows over a publisher that keeps thirty "
      "volumes.\n"
      "Example: scaffold bench monitor --scale 5 --seconds 120");
  command->callback([=, &action] { action = [=] { return run_bench_monitor(*arguments); }; });
}

}  // namespace scaffold
