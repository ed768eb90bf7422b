// What a prediction got wrong: plain counting over two label volumes of the same size.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "monitor/protocol.hpp"

namespace scaffold::viewer {

using Labels = std::span<const std::uint8_t>;

/// What an error volume's labels say, here and on the wire.
enum ErrorLabel : std::uint8_t {
  no_error = static_cast<std::uint8_t>(monitor::VoxelError::right),
  /// background in truth, a class predicted
  false_positive = static_cast<std::uint8_t>(monitor::VoxelError::false_positive),
  /// a class in truth, background predicted
  false_negative = static_cast<std::uint8_t>(monitor::VoxelError::false_negative),
  /// a class in both, and not the same
  wrong_class = static_cast<std::uint8_t>(monitor::VoxelError::wrong_class),
};
std::vector<std::uint8_t> error_labels(Labels truth, Labels predicted);
/// Of one class alone: where it is predicted and not true, and the reverse.
std::vector<std::uint8_t> class_errors(Labels truth, Labels predicted, std::uint8_t label);
/// Voxels by ErrorLabel.
std::array<std::int64_t, 4> count_errors(Labels errors);

/// counts[truth · classes + predicted]. DataError when a label is no class.
std::vector<std::int64_t> confusion_matrix(Labels truth, Labels predicted, std::int64_t classes);
/// The class other than background that most voxels are predicted to be, the lowest of several; 1 when none
/// is.
int max_predicted(const std::vector<std::int64_t>& confusion, std::int64_t classes);
/// `labels`, with `mark` at the voxels that are `of_truth` in truth and `of_predicted` in the prediction.
std::vector<std::uint8_t> marked(Labels labels, Labels truth, Labels predicted, std::uint8_t of_truth,
                                 std::uint8_t of_predicted, std::uint8_t mark);

/// Two predictions of one volume.
enum DifferenceLabel : std::uint8_t {
  both_right = 0,
  only_first_right = 1,
  only_second_right = 2,
  both_wrong = 3
};
std::vector<std::uint8_t> difference_labels(Labels truth, Labels first, Labels second);

/// Errors by distance from the nearest plane along which a volume is cut into shards.
struct BoundaryErrors {
  /// By distance: 0 for the two layers of voxels that touch such a plane. Empty when nothing is cut.
  std::vector<std::int64_t> voxels,  ///< that hold a class in truth or prediction
      wrong;                         ///< of those
  /// wrong / voxels; 0 where there are none.
  double rate(std::size_t distance) const;
};
/// `shards`: pieces along D, H, W, as comm/shard_layout.hpp cuts a volume: ConfigError when they do not
/// divide the extent.
BoundaryErrors errors_by_boundary(Labels truth, Labels predicted, const std::array<std::int64_t, 3>& extent,
                                  const std::array<std::int64_t, 3>& shards);

}  // namespace scaffold::viewer
