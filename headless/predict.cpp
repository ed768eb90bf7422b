#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "commands.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "dataset/reader.hpp"
#include "model/device.hpp"
#include "model/dice.hpp"
#include "storage/h5.hpp"
#include "train/checkpoint.hpp"
#include "train/volume.hpp"

namespace scaffold {
namespace {

struct PredictArguments {
  std::string checkpoint, dataset, out, device = "auto";
  std::int64_t volume = 0;
  bool logits = false;
  int torch_amp = 1, num_threads = 0;
};

constexpr int prediction_version = 1;

void write_prediction(const PredictArguments& arguments, const Checkpoint& checkpoint, const at::Tensor& predicted,
                      const at::Tensor& logits, const std::vector<double>& dice) {
  H5Writer file(arguments.out, "prediction", prediction_version);
  file.write("/prediction", DataType::uint8, predicted.sizes().vec(), predicted.data_ptr<std::uint8_t>());
  if (arguments.logits)
    file.write("/logits", DataType::float32, logits.sizes().vec(), logits.data_ptr<float>());
  file.write("/dice", DataType::float64, {static_cast<std::int64_t>(dice.size())}, dice.data());
  file.attribute("/", "checkpoint", arguments.checkpoint);
  file.attribute("/", "dataset", arguments.dataset);
  file.attribute("/", "volume", arguments.volume);
  file.attribute("/", "epoch", checkpoint.state.epoch - (checkpoint.state.step == 0 ? 1 : 0));
  file.finish();
}

int predict(const PredictArguments& arguments) {
  if (arguments.torch_amp != 0 && arguments.torch_amp != 1) throw ConfigError("--torch-amp: 0 or 1 is allowed");
  const fs::path parent = fs::absolute(arguments.out).parent_path();
  ensure_writable_folder(parent);
  const Checkpoint checkpoint = read_checkpoint(arguments.checkpoint, false);
  const DatasetReader reader(arguments.dataset);
  const DatasetInfo info = reader.info();
  if (arguments.volume < 0 || arguments.volume >= info.volumes)
    throw DataError(cat("the dataset has volumes 0 to ", info.volumes - 1, ", not ", arguments.volume));
  if (checkpoint.network.classes != info.classes)
    throw DataError(cat("the checkpoint tells ", checkpoint.network.classes, " classes apart, the dataset has ",
                        info.classes));
  at::set_num_threads(arguments.num_threads > 0 ? arguments.num_threads : available_threads());
  const at::Device device = select_device(arguments.device);
  UNetOptions options = checkpoint.network;
  options.precision = resolve_precision(arguments.torch_amp == 1, device);
  UNet network(options, device, 0);
  restore(checkpoint, network, arguments.checkpoint);

  const c10::NoGradGuard no_grad;
  const Batch batch = read_volume(reader, arguments.volume);
  const at::Tensor logits = network.forward(batch.image.to(device))[0].to(at::kCPU, at::kFloat).contiguous();
  const at::Tensor predicted = predicted_classes(logits).contiguous();
  const auto dice = hard_dice(confusion(predicted, batch.mask[0], info.classes), info.classes);
  write_prediction(arguments, checkpoint, predicted, logits, dice);

  const bool validates = reader.index().plan.validates[static_cast<std::size_t>(arguments.volume)] != 0;
  std::cout << "volume " << arguments.volume << " (" << (validates ? "validation" : "training") << "), "
            << describe(options.precision, arguments.torch_amp == 1) << "\n";
  for (std::size_t c = 0; c < dice.size(); ++c)
    std::cout << "  Dice of class " << c << (c == 0 ? " (background)  " : "               ") << fixed(dice[c], 6) << "\n";
  std::cout << "  mean over foreground classes  " << fixed(foreground_mean(dice), 6) << "\n"
            << "written: " << arguments.out << "\n";
  return 0;
}

}  // namespace

void register_predict(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("predict", "Segment one volume of a dataset with a checkpoint's network");
  auto arguments = std::make_shared<PredictArguments>();
  command->add_option("--checkpoint", arguments->checkpoint, "Checkpoint file")->required();
  command->add_option("--dataset", arguments->dataset, "Dataset folder: <dataset_dir>/<hash>")->required();
  command->add_option("--volume", arguments->volume, "Number of the volume: volumes/NNNNNN.h5")->required();
  command->add_flag("--logits", arguments->logits, "Also write float32 /logits [classes, D, H, W]");
  command->add_option("--torch-amp", arguments->torch_amp, "1: bfloat16 where the device computes it; 0: float32")
      ->capture_default_str();
  command->add_option("--device", arguments->device, "auto, cpu or cuda")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
      ->capture_default_str();
  command->add_option("--num-threads", arguments->num_threads, "Threads; 0 uses every core")->capture_default_str();
  command->add_option("--out", arguments->out, "HDF5 file to write: /prediction uint8 [D, H, W], /dice")->required();
  command->footer(
      "Example: scaffold predict --checkpoint RUN/checkpoints/best.h5 --dataset datasets/HASH --volume 3 --out p.h5");
  command->callback([=, &action] { action = [=] { return predict(*arguments); }; });
}

}  // namespace scaffold
