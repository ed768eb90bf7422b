#include "sources/fractal_unet/dice.hpp"

#include <numeric>

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

}  // namespace scaffold::viewer
