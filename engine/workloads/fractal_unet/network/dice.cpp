#include "fractal_unet/network/dice.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

#include "core/error.hpp"
#include "fractal_unet/network/loss.hpp"
#include "nn/fused/norm.hpp"
#include "nn/fused/softmax.hpp"

namespace scaffold {

at::Tensor predicted_classes(const at::Tensor& logits) { return logits.argmax(0).to(at::kByte); }

Confusion confusion(const at::Tensor& predicted, const at::Tensor& mask, std::int64_t classes) {
  const at::Tensor index = mask.to(predicted.device()).to(at::kLong) * classes + predicted;
  const at::Tensor counts = at::bincount(index.flatten(), {}, classes * classes).to(at::kCPU);
  if (counts.numel() != classes * classes)
    throw DataError("a mask holds a class that the network does not have");
  const auto* data = counts.data_ptr<std::int64_t>();
  return Confusion(data, data + counts.numel());
}

Confusion logits_confusion(const at::Tensor& logits, const at::Tensor& mask) {
  if (fused::supports(logits)) return fused::confusion_of_logits(logits, mask);
  return confusion(predicted_classes(logits), mask, logits.size(0));
}

std::vector<double> hard_dice(const Confusion& counts, std::int64_t classes) {
  std::vector<double> dice;
  for (std::int64_t c = 0; c < classes; ++c) {
    std::int64_t truth = 0, predicted = 0;
    for (std::int64_t other = 0; other < classes; ++other) {
      truth += counts[c * classes + other];
      predicted += counts[other * classes + c];
    }
    const auto both = static_cast<double>(counts[c * classes + c]);
    dice.push_back((2 * both + dice_epsilon) / (static_cast<double>(truth + predicted) + dice_epsilon));
  }
  return dice;
}

std::vector<bool> classes_present(const Confusion& counts, std::int64_t classes) {
  std::vector<bool> present;
  for (std::int64_t c = 0; c < classes; ++c) {
    const auto row = counts.begin() + c * classes;
    present.push_back(std::any_of(row, row + classes, [](std::int64_t count) { return count > 0; }));
  }
  return present;
}

std::optional<double> foreground_mean(const std::vector<double>& dice, const std::vector<bool>& present) {
  double sum = 0;
  int count = 0;
  for (std::size_t c = 1; c < dice.size(); ++c)
    if (present[c]) {
      sum += dice[c];
      ++count;
    }
  if (count == 0) return std::nullopt;
  return sum / count;
}

double foreground_mean(const std::vector<double>& dice) {
  return std::accumulate(dice.begin() + 1, dice.end(), 0.0) / static_cast<double>(dice.size() - 1);
}

}  // namespace scaffold
