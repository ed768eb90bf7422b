#include <CLI/CLI.hpp>
#include <memory>

#include "fractal_unet/commands/commands.hpp"
#include "fractal_unet/commands/torch_commands.hpp"

namespace scaffold {

void register_predict(CLI::App& app, Action& action) {
  auto* command =
      app.add_subcommand("predict", "Segment one volume of a dataset with a checkpoint's network");
  auto arguments = std::make_shared<PredictArguments>();
  as_path(command->add_option("--checkpoint", arguments->checkpoint, "Checkpoint file"))->required();
  as_path(command->add_option("--dataset", arguments->dataset, "Dataset folder: <dataset_dir>/<hash>"))
      ->required();
  command->add_option("--volume", arguments->volume, "Number of the volume: volumes/NNNNNN.h5")->required();
  command->add_flag("--logits", arguments->logits, "Also write float32 /logits [classes, D, H, W]");
  command
      ->add_option("--torch-amp", arguments->torch_amp,
                   "1: bfloat16 where the device computes it; 0: float32")
      ->capture_default_str();
  command->add_option("--device", arguments->device, "auto, cpu or cuda")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
      ->capture_default_str();
  command->add_option("--num-threads", arguments->num_threads, "Threads; 0 uses every core")
      ->capture_default_str();
  as_path(
      command->add_option("--out", arguments->out, "HDF5 file to write: /prediction uint8 [D, H, W], /dice"))
      ->required();
  command->footer(
      "Example: scaffold predict --checkpoint RUN/checkpoints/best.h5 --dataset datasets/HASH --volume 3 "
      "--out p.h5");
  command->callback([=, &action] { action = [=] { return run_predict(*arguments); }; });
}

}  // namespace scaffold
