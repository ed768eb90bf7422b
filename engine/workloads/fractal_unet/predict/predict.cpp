#include "fractal_unet/predict/predict.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include "core/error.hpp"
#include "core/text.hpp"
#include "fractal_unet/network/dice.hpp"
#include "fractal_unet/network/task.hpp"
#include "fractal_unet/network/volume.hpp"
#include "storage/h5.hpp"

namespace scaffold {

Prediction predict(const Checkpoint& checkpoint, const fs::path& checkpoint_file, const DatasetReader& reader,
                   std::int64_t volume, const at::Device& device, bool torch_amp, int threads,
                   const std::function<void(double)>& progress) {
  if (volume < 0 || volume >= reader.volumes())
    throw DataError(cat("the dataset has volumes 0 to ", reader.volumes() - 1, ", not ", volume));
  if (checkpoint.workload != fractal_unet_keys().workload)
    throw DataError(cat("'", checkpoint_file.string(), "' is of the workload ", checkpoint.workload,
                        "; label volumes are predicted by networks of fractal_unet alone"));
  const std::int64_t classes = reader.index().spec.n_categories + 1;
  UNetOptions options = unet_options(checkpoint.network);
  if (options.classes != classes)
    throw DataError(cat("'", checkpoint_file.string(), "' tells ", options.classes,
                        " classes apart, the dataset has ", classes));
  at::set_num_threads(threads);
  options.precision = resolve_precision(torch_amp, device);
  UNet network(options, device, 0);
  restore(checkpoint, network, checkpoint_file);

  const c10::NoGradGuard no_grad;
  const Batch batch = read_volume(reader, volume);
  Prediction prediction;
  prediction.logits =
      network.forward(batch[field::image].to(device), progress)[0].to(at::kCPU, at::kFloat).contiguous();
  prediction.classes = predicted_classes(prediction.logits).contiguous();
  prediction.dice = hard_dice(confusion(prediction.classes, batch[field::mask][0], classes), classes);
  prediction.precision = describe(options.precision, torch_amp);
  return prediction;
}

void write_prediction(const fs::path& path, const Prediction& prediction, bool with_logits,
                      const fs::path& checkpoint_file, const fs::path& dataset, std::int64_t volume) {
  H5Writer file(path, prediction_kind, prediction_version);
  file.write("/prediction", DataType::uint8, prediction.classes.sizes().vec(),
             prediction.classes.data_ptr<std::uint8_t>());
  if (with_logits)
    file.write("/logits", DataType::float32, prediction.logits.sizes().vec(),
               prediction.logits.data_ptr<float>());
  file.write("/dice", DataType::float64, {static_cast<std::int64_t>(prediction.dice.size())},
             prediction.dice.data());
  file.attribute("/", "checkpoint", checkpoint_file.string());
  file.attribute("/", "dataset", dataset.string());
  file.attribute("/", "volume", volume);
  file.attribute("/", "precision", prediction.precision);
  file.finish();
}

}  // namespace scaffold
