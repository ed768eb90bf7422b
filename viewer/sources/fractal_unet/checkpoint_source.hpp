// Checkpoints and predictions as the viewer sees them: what they are, and what a network makes of a volume.
#pragma once
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/files.hpp"
#include "fractal_unet/dataset/reader.hpp"
#include "scene/label_volume.hpp"
#include "sources/background.hpp"

namespace scaffold::viewer {

/// A file with a network, or what a network has made of one volume; read without its tensors.
struct Subject {
  fs::path path;
  bool is_prediction = false;
  std::vector<std::pair<std::string, std::string>> facts;  ///< what and how much, for people
  std::string summary;                                     ///< in one line
  /// Of a checkpoint.
  std::int64_t classes = 0, problem_scale = 0, epochs = 0;  ///< epochs: complete ones
  std::string dataset_hash, config_yaml;
  std::array<std::int64_t, 3> shards{1, 1, 1};  ///< along D, H, W, that it was trained with
  /// Of a prediction: as they were named when it was made.
  fs::path checkpoint, dataset;
  std::int64_t volume = -1;
  bool has_logits = false;
};
/// DataError for anything but a whole checkpoint or prediction of this version or an older one.
Subject read_subject(const fs::path& path);

/// The checkpoints in a file's folder, itself among them, by epochs, then by name. What is unreadable is left
/// out.
std::vector<fs::path> checkpoints_beside(const fs::path& file);

/// Where the dataset of a checkpoint or prediction may be: `known` folders of that name, what the file itself
/// says, and dataset_dir of the run that it lies in (also as seen from the run's folder and those above it).
/// The first that is one; empty when none is.
fs::path find_dataset(const Subject& subject, const std::vector<fs::path>& known);

using LabelsPtr = std::shared_ptr<const LabelVolume>;

/// What a network says of one volume.
struct Answer {
  LabelsPtr classes;
  std::vector<float> logits;  ///< [class][D·H·W]; empty when `no_logits` says why
  std::string no_logits;
  std::string precision;
  double seconds = 0;  ///< that it took to compute; 0: it was read from a file
  std::vector<double> dice;
  std::vector<std::int64_t> confusion;  ///< [truth · classes + predicted]
  LabelsPtr errors;                     ///< sources/errors.hpp
  std::array<std::int64_t, 4> error_counts{};
};

/// A volume's truth, and what one or two networks say of it.
struct Comparison {
  std::int64_t volume = -1, number_of_classes = 0;
  std::array<std::int64_t, 3> extent{};
  LabelsPtr truth;
  std::shared_ptr<const Answer> first, second;  ///< null: not asked for
};

/// What is to be found out; what is known already need not be computed again.
struct Question {
  std::shared_ptr<const DatasetReader> reader;
  std::int64_t volume = 0;
  std::shared_ptr<const Subject> first, second;  ///< null: truth only
  Comparison known;                              ///< of the same volume
  std::uint64_t budget = 0;                      ///< bytes for labels and logits
};
/// Reads and computes: for a background thread. DataError when a file is unreadable or does not fit the
/// dataset, or the volume does not fit the budget; SystemError when the network does not fit the memory.
Comparison answer(const Question& question, const ProgressTold& progress);

/// Bytes of labels that the panel holds for each voxel: truth, and prediction, errors and their display of
/// two networks.
inline constexpr std::uint64_t bytes_per_voxel = 4;

/// The probability of a class at each voxel: softmax of the logits. Empty when there are no logits.
std::vector<float> class_probability(const Answer& answer, std::int64_t voxels, std::int64_t label,
                                     const ProgressTold& progress = {});

}  // namespace scaffold::viewer
