#include "fractal_unet/commands/commands.hpp"
#include "fractal_unet/commands/torch_commands.hpp"

namespace scaffold {

void register_bench_step(CLI::App& bench, Action& action) {
  auto arguments = std::make_shared<BenchStepArguments>();
  arguments->seconds = 20;
  auto* command = add_bench(
      bench, "step", "A whole training step and its parts: fused kernels against plain operators", arguments);
  command->add_option("--scale", arguments->scale, "problem_scale: volumes of 2^scale voxels an axis")
      ->check(CLI::Range(4, 10))
      ->capture_default_str();
  command->add_option("--batch", arguments->batch, "Volumes of a step")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--amp", arguments->amp, "torch_amp: 1 for bfloat16 where the device computes it")
      ->check(CLI::Range(0, 1))
      ->capture_default_str();
  command->add_flag("--activation-checkpointing", arguments->checkpointing,
                    "Compute activations again in place of keeping them");
  command->add_option("--device", arguments->device, "auto, cpu or cuda")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
      ->capture_default_str();
  command->footer("Example: scaffold bench step --scale 6 --seconds 60");
  command->callback([=, &action] { action = [=] { return run_bench_step(*arguments); }; });
}

}  // namespace scaffold
