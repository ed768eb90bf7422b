#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "commands.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/signals.hpp"
#include "core/text.hpp"
#include "dataset/reader.hpp"
#include "model/device.hpp"
#include "model/dice.hpp"
#include "train/predict.hpp"

namespace scaffold {
namespace {

struct PredictArguments {
  std::string checkpoint, dataset, out, device = "auto";
  std::int64_t volume = 0;
  bool logits = false;
  int torch_amp = 1, num_threads = 0;
};

int predict_volume(const PredictArguments& arguments) {
  if (arguments.torch_amp != 0 && arguments.torch_amp != 1)
    throw ConfigError("--torch-amp: 0 or 1 is allowed");
  if (arguments.num_threads < 0) throw ConfigError("--num-threads: 0 or more is allowed");
  const at::Device device = select_device(arguments.device);
  ensure_writable_folder(fs::absolute(arguments.out).parent_path());
  const Checkpoint checkpoint = read_checkpoint(arguments.checkpoint, false);
  const DatasetReader reader(arguments.dataset);
  const int threads = arguments.num_threads > 0 ? arguments.num_threads : available_threads();
  const Prediction prediction = predict(checkpoint, arguments.checkpoint, reader, arguments.volume, device,
                                        arguments.torch_amp == 1, threads);
  signals::check();
  write_prediction(arguments.out, prediction, arguments.logits, arguments.checkpoint, arguments.dataset,
                   arguments.volume);

  const bool validates = reader.index().plan.validates[static_cast<std::size_t>(arguments.volume)] != 0;
  std::cout << "volume " << arguments.volume << " (" << (validates ? "validation" : "training") << "), "
            << prediction.precision << "\n";
  for (std::size_t c = 0; c < prediction.dice.size(); ++c)
    std::cout << "  Dice of class " << c << (c == 0 ? " (background)  " : "               ")
              << fixed(prediction.dice[c], 6) << "\n";
  std::cout << "  mean over foreground classes  " << fixed(foreground_mean(prediction.dice), 6) << "\n"
            << "written: " << arguments.out << "\n";
  return 0;
}

}  // namespace

void register_predict(CLI::App& app, Action& action) {
  auto* command =
      app.add_subcommand("predict", "Segment one volume of a dataset with a checkpoint's network");
  auto arguments = std::make_shared<PredictArguments>();
  command->add_option("--checkpoint", arguments->checkpoint, "Checkpoint file")->required();
  command->add_option("--dataset", arguments->dataset, "Dataset folder: <dataset_dir>/<hash>")->required();
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
  command->add_option("--out", arguments->out, "HDF5 file to write: /prediction uint8 [D, H, W], /dice")
      ->required();
  command->footer(
      "Example: scaffold predict --checkpoint RUN/checkpoints/best.h5 --dataset datasets/HASH --volume 3 "
      "--out p.h5");
  command->callback([=, &action] { action = [=] { return predict_volume(*arguments); }; });
}

}  // namespace scaffold
