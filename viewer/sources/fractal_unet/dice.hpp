// The hard Dice coefficient of a prediction, from its confusion matrix (sources/errors.hpp).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace scaffold::viewer {

/// By class: (2·Σpt + 1e-6)/(Σp + Σt + 1e-6), which is 1 where a class is in neither.
std::vector<double> dice_of(const std::vector<std::int64_t>& confusion, std::int64_t classes);
/// Mean over classes 1 and up: a volume's score.
double mean_dice(const std::vector<double>& dice);

/// A class's voxels by what truth and prediction say of them.
struct ClassVoxels {
  std::int64_t true_positive = 0, false_positive = 0, false_negative = 0, true_negative = 0;
  /// In the truth. A class that is in neither has a Dice of 1, which tells nothing.
  bool present() const { return true_positive + false_negative > 0; }
  bool operator==(const ClassVoxels&) const = default;
};
std::vector<ClassVoxels> class_voxels(const std::vector<std::int64_t>& confusion, std::int64_t classes);
/// Mean over those of classes 1 and up that are present; nothing where none is.
std::optional<double> mean_present_dice(const std::vector<double>& dice,
                                        const std::vector<ClassVoxels>& voxels);
/// As every other place of the program has it: MetricInfo::text().
std::string dice_text(double dice);

}  // namespace scaffold::viewer
