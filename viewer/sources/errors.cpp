#include "sources/errors.hpp"

#include <algorithm>
#include <limits>

#include "core/error.hpp"
#include "core/text.hpp"
#include "monitor/volume_file.hpp"

namespace scaffold::viewer {

std::vector<std::uint8_t> error_labels(Labels truth, Labels predicted) {
  return monitor::voxel_errors(predicted, truth);
}

std::vector<std::uint8_t> class_errors(Labels truth, Labels predicted, std::uint8_t label) {
  std::vector<std::uint8_t> errors(truth.size());
  for (std::size_t i = 0; i < errors.size(); ++i)
    if ((truth[i] == label) != (predicted[i] == label))
      errors[i] = truth[i] == label ? false_negative : false_positive;
  return errors;
}

std::array<std::int64_t, 4> count_errors(Labels errors) {
  std::array<std::int64_t, 4> counts{};
  for (const auto error : errors) ++counts[error & 3];
  return counts;
}

std::vector<std::int64_t> confusion_matrix(Labels truth, Labels predicted, std::int64_t classes) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(classes * classes));
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] >= classes || predicted[i] >= classes)
      throw DataError(cat("voxel ", i, " is of class ", static_cast<int>(std::max(truth[i], predicted[i])),
                          ", but there are ", classes, " classes"));
    ++counts[static_cast<std::size_t>(truth[i] * classes + predicted[i])];
  }
  return counts;
}

int max_predicted(const std::vector<std::int64_t>& confusion, std::int64_t classes) {
  const auto n = static_cast<std::size_t>(classes);
  std::vector<std::int64_t> predicted(n);
  for (std::size_t i = 0; i < confusion.size(); ++i) predicted[i % n] += confusion[i];
  return n < 2
             ? 1
             : static_cast<int>(std::max_element(predicted.begin() + 1, predicted.end()) - predicted.begin());
}

std::vector<std::uint8_t> marked(Labels labels, Labels truth, Labels predicted, std::uint8_t of_truth,
                                 std::uint8_t of_predicted, std::uint8_t mark) {
  std::vector<std::uint8_t> result(labels.begin(), labels.end());
  for (std::size_t i = 0; i < result.size(); ++i)
    if (truth[i] == of_truth && predicted[i] == of_predicted) result[i] = mark;
  return result;
}

std::vector<std::uint8_t> difference_labels(Labels truth, Labels first, Labels second) {
  std::vector<std::uint8_t> difference(truth.size());
  for (std::size_t i = 0; i < difference.size(); ++i) {
    const bool a = first[i] == truth[i], b = second[i] == truth[i];
    difference[i] = a && b ? both_right : a ? only_first_right : b ? only_second_right : both_wrong;
  }
  return difference;
}

double BoundaryErrors::rate(std::size_t distance) const {
  const auto all = voxels[distance];
  return all > 0 ? static_cast<double>(wrong[distance]) / static_cast<double>(all) : 0;
}

namespace {

constexpr std::int64_t nowhere = std::numeric_limits<std::int64_t>::max();

/// By index along an axis: voxels between it and the nearest plane.
std::vector<std::int64_t> distances(std::int64_t extent, std::int64_t shards) {
  std::vector<std::int64_t> result(static_cast<std::size_t>(extent), nowhere);
  const std::int64_t piece = extent / shards;
  for (std::int64_t i = 0; i < extent; ++i) {
    auto& nearest = result[static_cast<std::size_t>(i)];
    const std::int64_t shard = i / piece, within = i % piece;
    if (shard > 0) nearest = within;
    if (shard + 1 < shards) nearest = std::min(nearest, piece - 1 - within);
  }
  return result;
}

}  // namespace

BoundaryErrors errors_by_boundary(Labels truth, Labels predicted, const std::array<std::int64_t, 3>& extent,
                                  const std::array<std::int64_t, 3>& shards) {
  for (std::size_t axis = 0; axis < 3; ++axis)
    if (shards[axis] < 1 || extent[axis] % shards[axis] != 0)
      throw ConfigError(cat("dc_num_shards: ", shards[axis], " shards do not divide an edge of ",
                            extent[axis], " voxels; use a power of two up to ", extent[axis]));
  BoundaryErrors result;
  if (shards == std::array<std::int64_t, 3>{1, 1, 1}) return result;
  const auto d = distances(extent[0], shards[0]), h = distances(extent[1], shards[1]),
             w = distances(extent[2], shards[2]);
  std::int64_t longest = 0;
  for (const auto* axis : {&d, &h, &w})
    if (axis->front() != nowhere) longest = std::max(longest, *std::max_element(axis->begin(), axis->end()));
  result.voxels.resize(static_cast<std::size_t>(longest) + 1);
  result.wrong.resize(result.voxels.size());
  std::size_t i = 0;
  for (const auto in_d : d)
    for (const auto in_h : h)
      for (const auto in_w : w) {
        const std::uint8_t t = truth[i], p = predicted[i];
        ++i;
        if (t == 0 && p == 0) continue;
        const auto distance = static_cast<std::size_t>(std::min({in_d, in_h, in_w}));
        ++result.voxels[distance];
        if (t != p) ++result.wrong[distance];
      }
  return result;
}

}  // namespace scaffold::viewer
