// Inference on one volume with a checkpoint's network.
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <vector>

#include "fractal_unet/dataset/labels.hpp"
#include "fractal_unet/dataset/reader.hpp"
#include "job/checkpoint.hpp"

namespace scaffold {

struct Prediction {
  at::Tensor classes;        ///< uint8 [D, H, W]
  at::Tensor logits;         ///< float32 [classes, D, H, W]
  std::vector<double> dice;  ///< hard Dice by class against the volume's mask
  std::string precision;     ///< that was computed in
};

/// Runs the network over a whole volume. DataError when checkpoint and dataset do not fit or there is no such
/// volume. `progress` is told the share that is done, rising to 1, after each convolution; what it throws
/// ends the prediction and passes through.
Prediction predict(const Checkpoint& checkpoint, const fs::path& checkpoint_file, const DatasetReader& reader,
                   std::int64_t volume, const at::Device& device, bool torch_amp, int threads,
                   const std::function<void(double)>& progress = {});

/// Writes /prediction, /dice and (with_logits) /logits; docs/formats.md.
void write_prediction(const fs::path& path, const Prediction& prediction, bool with_logits,
                      const fs::path& checkpoint_file, const fs::path& dataset, std::int64_t volume);

}  // namespace scaffold
