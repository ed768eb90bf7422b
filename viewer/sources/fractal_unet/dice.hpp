// The hard Dice coefficient of a prediction, from its confusion matrix (sources/errors.hpp).
#pragma once
#include <cstdint>
#include <vector>

namespace scaffold::viewer {

/// By class: (2·Σpt + 1e-6)/(Σp + Σt + 1e-6), which is 1 where a class is in neither.
std::vector<double> dice_of(const std::vector<std::int64_t>& confusion, std::int64_t classes);
/// Mean over classes 1 and up: a volume's score.
double mean_dice(const std::vector<double>& dice);

}  // namespace scaffold::viewer
