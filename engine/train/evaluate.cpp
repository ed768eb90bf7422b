#include "train/evaluate.hpp"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "core/signals.hpp"
#include "model/dice.hpp"
#include "model/loss.hpp"
#include "train/volume.hpp"

namespace scaffold {

Evaluation evaluate(const UNet& network, Loader& loader, const std::vector<int>& volumes,
                    const at::Tensor& class_weights, const std::function<void(std::int64_t)>& progress) {
  const c10::NoGradGuard no_grad;
  const std::int64_t classes = network.options().classes;
  Evaluation result;
  result.class_dice.assign(classes, 0.0);
  loader.start({volumes.begin(), volumes.end()});
  for (Batch batch; (batch = next_batch(loader, 1, network.device())).image.defined();) {
    signals::check();
    const at::Tensor logits = network.forward(batch.image);
    result.loss_sum += segmentation_loss(logits, batch.mask, class_weights).total.item<double>();
    const auto dice = hard_dice(confusion(predicted_classes(logits[0]), batch.mask[0], classes), classes);
    for (std::int64_t c = 0; c < classes; ++c) result.class_dice[c] += dice[c];
    result.dice += foreground_mean(dice);
    ++result.samples;
    if (progress) progress(result.samples);
  }
  if (result.samples > 0) {
    result.dice /= static_cast<double>(result.samples);
    for (double& dice : result.class_dice) dice /= static_cast<double>(result.samples);
  }
  return result;
}

}  // namespace scaffold
