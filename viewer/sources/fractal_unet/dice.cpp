#include "sources/fractal_unet/dice.hpp"

#include <numeric>

#include "fractal_unet/metrics.hpp"

namespace scaffold::viewer {

std::vector<double> dice_of(const std::vector<std::int64_t>& confusion, std::int64_t classes) {
  constexpr double epsilon = 1e-6;
  const auto n = static_cast<std::size_t>(classes);
  std::vector<double> dice(n);
  for (std::size_t c = 0; c < n; ++c) {
    std::int64_t sum = 0;
    for (std::size_t other = 0; other < n; ++other)
      sum += confusion[c * n + other] + confusion[other * n + c];
    dice[c] =
        (2 * static_cast<double>(confusion[c * n + c]) + epsilon) / (static_cast<double>(sum) + epsilon);
  }
  return dice;
}

double mean_dice(const std::vector<double>& dice) {
  if (dice.size() < 2) return 0;
  return std::accumulate(dice.begin() + 1, dice.end(), 0.0) / static_cast<double>(dice.size() - 1);
}

std::vector<ClassVoxels> class_voxels(const std::vector<std::int64_t>& confusion, std::int64_t classes) {
  const auto n = static_cast<std::size_t>(classes);
  const auto all = std::accumulate(confusion.begin(), confusion.end(), std::int64_t{0});
  std::vector<ClassVoxels> voxels(n);
  for (std::size_t c = 0; c < n; ++c) {
    ClassVoxels& of = voxels[c];
    of.true_positive = confusion[c * n + c];
    for (std::size_t other = 0; other < n; ++other) {
      if (other == c) continue;
      of.false_negative += confusion[c * n + other];
      of.false_positive += confusion[other * n + c];
    }
    of.true_negative = all - of.true_positive - of.false_negative - of.false_positive;
  }
  return voxels;
}

std::optional<double> mean_present_dice(const std::vector<double>& dice,
                                        const std::vector<ClassVoxels>& voxels) {
  double sum = 0;
  int present = 0;
  for (std::size_t c = 1; c < dice.size(); ++c)
    if (voxels[c].present()) sum += dice[c], ++present;
  return present > 0 ? std::optional(sum / present) : std::nullopt;
}

std::string dice_text(double dice) { return fractal_unet_metrics().front().text(dice); }

}  // namespace scaffold::viewer
