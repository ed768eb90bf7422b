#include "sources/fractal_unet/inference.hpp"

#include <algorithm>

#include "config/config.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "device/device.hpp"
#include "fractal_unet/network/flops.hpp"
#include "fractal_unet/network/task.hpp"
#include "fractal_unet/predict/predict.hpp"

namespace scaffold::viewer {
namespace {

void check_memory(const Checkpoint& checkpoint, std::int64_t edge, Precision precision,
                  const at::Device& device) {
  UNetOptions options = unet_options(checkpoint.network);
  options.precision = precision;
  const double needed = inference_memory(options, {edge, edge, edge});
  const double available = device.is_cpu() ? static_cast<double>(available_memory())
                                           : static_cast<double>(describe_device(device).memory_bytes);
  if (needed > available)
    throw SystemError(
        cat("running this network on ", edge, "³ voxels takes at least ", human_bytes(needed),
            " of memory, and ", human_bytes(available),
            " are available; use 'scaffold predict' on a larger machine and open what it wrote"));
}

/// What the run was told; as by default when its configuration cannot be read.
bool wants_amp(const Checkpoint& checkpoint) {
  try {
    return config_from_yaml_text(checkpoint.config_yaml, "/config").torch_amp;
  } catch (const Error&) {
    return true;
  }
}

}  // namespace

bool can_infer() { return true; }

Inferred infer(const fs::path& file, const DatasetReader& reader, std::int64_t volume,
               std::uint64_t logits_budget, const ProgressTold& progress) {
  const Checkpoint checkpoint = read_checkpoint(file, false);
  progress(0);
  const at::Device device = select_device("auto");
  const bool amp = wants_amp(checkpoint);
  check_memory(checkpoint, reader.info().extents[0], resolve_precision(amp, device), device);
  // One core's worth of air for the window.
  const int threads = std::max(1, available_threads() - 1);
  try {
    const Prediction prediction = predict(checkpoint, file, reader, volume, device, amp, threads, progress);
    Inferred inferred;
    inferred.precision = prediction.precision;
    const auto* classes = prediction.classes.data_ptr<std::uint8_t>();
    inferred.classes.assign(classes, classes + prediction.classes.numel());
    if (prediction.logits.nbytes() <= logits_budget) {
      const auto* logits = prediction.logits.data_ptr<float>();
      inferred.logits.assign(logits, logits + prediction.logits.numel());
    }
    return inferred;
  } catch (const c10::Error& error) {
    throw SystemError(cat("LibTorch: ", error.what_without_backtrace()));
  }
}

}  // namespace scaffold::viewer
