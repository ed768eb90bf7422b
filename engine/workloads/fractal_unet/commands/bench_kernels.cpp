#include "fractal_unet/commands/commands.hpp"
#include "fractal_unet/commands/torch_commands.hpp"

namespace scaffold {

void register_bench_kernels(CLI::App& bench, Action& action) {
  auto arguments = std::make_shared<BenchKernelsArguments>();
  auto* command = add_bench(bench, "kernels",
                            "Each kernel of a training step: ours against the plain operators", arguments);
  command->add_option("--only", arguments->only, "Kernels whose name holds this text");
  command->add_option("--edge", arguments->edge, "Voxels along an axis of the largest tensors")
      ->check(CLI::Range(8, 512))
      ->capture_default_str();
  command->add_option("--width", arguments->width, "Channels of the largest tensors")
      ->check(CLI::Range(8, 1024))
      ->capture_default_str();
  command
      ->add_option("--levels", arguments->levels,
                   "Levels of the network: each has half the edge, twice the channels")
      ->check(CLI::Range(1, 8))
      ->capture_default_str();
  as_path(command->add_option("--roofline", arguments->roofline,
                              "Also draw how far each is below its roof: FILE.svg"));
  command->add_option("--device", arguments->device, "auto, cpu or cuda")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
      ->capture_default_str();
  command->footer(
      "Examples: scaffold bench kernels --edge 64 --only norm\n"
      "          scaffold bench kernels --edge 64 --levels 4 --roofline roofline.svg");
  command->callback([=, &action] { action = [=] { return run_bench_kernels(*arguments); }; });
}

}  // namespace scaffold
