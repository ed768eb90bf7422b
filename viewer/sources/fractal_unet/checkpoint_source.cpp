#include "sources/fractal_unet/checkpoint_source.hpp"

#include <algorithm>
#include <cmath>

#include "comm/shard_layout.hpp"
#include "config/config.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "sources/errors.hpp"
#include "sources/fractal_unet/dice.hpp"
#include "sources/fractal_unet/inference.hpp"
#include "storage/h5.hpp"

namespace scaffold::viewer {
namespace {

// As in job/checkpoint.hpp and fractal_unet/predict/predict.hpp, which need LibTorch (docs/formats.md).
constexpr const char* checkpoint_kind = "checkpoint";
constexpr const char* prediction_kind = "prediction";
constexpr int newest_version = 1;

/// As comm/shard_layout.hpp reads the two keys; {1, 1, 1} when they are not there or make no sense.
std::array<std::int64_t, 3> shards_of(const std::string& yaml, std::int64_t scale) {
  try {
    const Config config = config_from_yaml_text(yaml, "/config");
    return ShardLayout(cube(std::int64_t{1} << std::clamp<std::int64_t>(scale, 0, 14)), config.dc_num_shards,
                       config.dc_shard_dims)
        .shards();
  } catch (const Error&) {
    return {1, 1, 1};
  }
}

Subject read_checkpoint_facts(const fs::path& path) {
  const H5Reader file(path, checkpoint_kind, newest_version);
  const auto number = [&](const char* name) { return file.int_attribute("/", name); };
  if (file.has_attribute("/", "workload"))  // the first workload's files do not say so
    throw DataError(cat("'", path.string(), "' is a checkpoint of the workload ",
                        file.text_attribute("/", "workload"),
                        ", which has no panel here; scaffold inspect tells of it"));
  Subject subject;
  subject.path = path;
  subject.classes = number("classes");
  subject.problem_scale = number("problem_scale");
  subject.dataset_hash = file.text_attribute("/", "dataset_hash");
  subject.config_yaml = file.read_text("/config");
  subject.shards = shards_of(subject.config_yaml, subject.problem_scale);
  const auto levels = number("levels"), width = number("width"), epochs = number("epoch") - 1;
  subject.epochs = epochs;
  const double best = file.double_attribute("/", "best_dice");
  std::uint64_t parameters = 0;
  const auto names = file.list("/model");
  for (const auto& name : names) parameters += file.info("/model/" + name).elements();
  const std::string best_text =
      best < 0 ? "not validated yet" : cat(dice_text(best), " (epoch ", number("best_epoch"), ")");
  subject.facts = {{"Problem scale", cat(subject.problem_scale)},
                   {"Levels", cat(levels)},
                   {"Width", cat(width, " channels")},
                   {"Classes", cat(subject.classes)},
                   {"Parameters", human_count(static_cast<double>(parameters))},
                   {"Optimizer", file.text_attribute("/", "optimizer")},
                   {"Epochs complete", cat(epochs)},
                   {"Steps", cat(number("total_steps"))},
                   {"Best Dice", best_text},
                   {"Training seed", cat(number("train_seed"))},
                   {"Dataset", subject.dataset_hash},
                   {"File size", human_bytes(static_cast<double>(file.header().file_size))},
                   {"Made by commit", file.text_attribute("/", "commit").substr(0, 12)}};
  subject.summary = cat("U-Net, ", levels, levels == 1 ? " level, " : " levels, ",
                        human_count(static_cast<double>(parameters)), " parameters; ", epochs,
                        epochs == 1 ? " epoch" : " epochs");
  if (best >= 0) subject.summary += cat(", best Dice ", dice_text(best));
  return subject;
}

Subject read_prediction_facts(const fs::path& path) {
  const H5Reader file(path, prediction_kind, newest_version);
  Subject subject;
  subject.path = path;
  subject.is_prediction = true;
  subject.checkpoint = file.text_attribute("/", "checkpoint");
  subject.dataset = file.text_attribute("/", "dataset");
  subject.volume = file.int_attribute("/", "volume");
  subject.has_logits = file.exists("/logits");
  const Dims dims = file.info("/prediction").dims;
  if (dims.size() != 3 || dims[0] < 1 || dims[0] != dims[1] || dims[1] != dims[2])
    throw DataError(cat("'", path.string(), "': /prediction is no cubic volume"));
  subject.facts = {{"Voxels", cat(dims[0], " × ", dims[1], " × ", dims[2])},
                   {"Volume", cat(subject.volume)},
                   {"Precision", file.text_attribute("/", "precision")},
                   {"Logits", subject.has_logits ? "yes" : "no"},
                   {"Checkpoint", subject.checkpoint.string()},
                   {"Dataset", subject.dataset.string()},
                   {"File size", human_bytes(static_cast<double>(file.header().file_size))}};
  subject.summary = cat("volume ", subject.volume, " by ", subject.checkpoint.filename().string(),
                        subject.has_logits ? ", with logits" : ", without logits");
  return subject;
}

bool is_dataset(const fs::path& folder) {
  std::error_code error;
  return !folder.empty() && fs::is_regular_file(folder / "index.json", error);
}

/// `folder` as it is written, or relative to a folder at or above `from`.
fs::path seen_from(const fs::path& folder, const fs::path& from) {
  if (is_dataset(folder)) return folder;
  if (folder.empty() || folder.is_absolute()) return {};
  std::error_code error;
  fs::path above = fs::absolute(from, error).lexically_normal();
  for (int up = 0; up < 6 && !above.empty(); ++up) {
    if (is_dataset(above / folder)) return above / folder;
    if (above == above.parent_path()) break;
    above = above.parent_path();
  }
  return {};
}

std::string dataset_dir_of(const std::string& yaml) {
  try {
    return config_from_yaml_text(yaml, "config").dataset_dir;
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

Subject read_subject(const fs::path& path) {
  return read_header(path).kind == prediction_kind ? read_prediction_facts(path)
                                                   : read_checkpoint_facts(path);
}

std::vector<fs::path> checkpoints_beside(const fs::path& file) {
  std::vector<std::pair<std::int64_t, fs::path>> found;
  std::error_code error;
  for (fs::directory_iterator at(file.parent_path().empty() ? "." : file.parent_path(), error), end;
       !error && at != end; at.increment(error)) {
    if (at->path().extension() != ".h5" || !at->is_regular_file(error)) continue;
    try {
      if (const Subject subject = read_subject(at->path()); !subject.is_prediction)
        found.emplace_back(subject.epochs, at->path());
    } catch (const Error&) {
      // One that is being written, or none.
    }
  }
  std::sort(found.begin(), found.end());
  std::vector<fs::path> paths;
  for (auto& [epochs, path] : found) paths.push_back(std::move(path));
  return paths;
}

fs::path find_dataset(const Subject& subject, const std::vector<fs::path>& known) {
  const fs::path here = subject.path.parent_path();
  if (subject.is_prediction) {
    if (const fs::path found = seen_from(subject.dataset, here); !found.empty()) return found;
    for (const auto& folder : known)
      if (!folder.filename().empty() && folder.filename() == subject.dataset.filename() && is_dataset(folder))
        return folder;
    return {};
  }
  for (const auto& folder : known)
    if (folder.filename() == subject.dataset_hash && is_dataset(folder)) return folder;
  // RUN/checkpoints/best.h5: the run's own record is younger than the checkpoint's when it was moved.
  std::vector<std::string> folders;
  try {
    const fs::path record = here.parent_path() / "config.yaml";
    std::error_code error;
    if (fs::is_regular_file(record, error)) folders.push_back(dataset_dir_of(read_text(record)));
  } catch (const Error&) {
    // A run without a readable record: there is still the checkpoint's.
  }
  folders.push_back(dataset_dir_of(subject.config_yaml));
  for (const auto& folder : folders)
    if (const fs::path found = seen_from(fs::path(folder) / subject.dataset_hash, here);
        !folder.empty() && !found.empty())
      return found;
  return {};
}

namespace {

LabelsPtr to_labels(std::vector<std::uint8_t> labels, const std::array<std::int64_t, 3>& extent) {
  auto volume = std::make_shared<LabelVolume>();
  volume->extent = extent;
  volume->labels = std::move(labels);
  return volume;
}

/// Dice, confusion and errors from the classes.
void compare(Answer& answer, const LabelVolume& truth, std::int64_t classes) {
  answer.confusion = confusion_matrix(truth.labels, answer.classes->labels, classes);
  answer.dice = dice_of(answer.confusion, classes);
  answer.errors = to_labels(error_labels(truth.labels, answer.classes->labels), truth.extent);
  answer.error_counts = count_errors(answer.errors->labels);
}

Answer read_prediction(const Subject& subject, const Question& question, std::int64_t edge,
                       std::int64_t classes, std::uint64_t logits_budget) {
  if (subject.volume != question.volume)
    throw DataError(cat("'", subject.path.string(), "' is a prediction of volume ", subject.volume,
                        ", not of ", question.volume));
  const H5Reader file(subject.path, prediction_kind, newest_version);
  Answer answer;
  answer.precision = file.text_attribute("/", "precision");
  const auto voxels = static_cast<std::size_t>(edge * edge * edge);
  if (file.info("/prediction").dims != Dims{edge, edge, edge})
    throw DataError(cat("'", subject.path.string(), "' has another size than the dataset's volumes of ", edge,
                        "³ voxels"));
  std::vector<std::uint8_t> predicted(voxels);
  file.read("/prediction", DataType::uint8, {edge, edge, edge}, predicted.data());
  answer.classes = to_labels(std::move(predicted), {edge, edge, edge});
  if (!file.exists("/logits")) {
    answer.no_logits = "the file holds no logits; write it with 'scaffold predict --logits'";
  } else if (const auto count = static_cast<std::uint64_t>(classes) * voxels;
             count * sizeof(float) <= logits_budget) {
    answer.logits.resize(count);
    file.read("/logits", DataType::float32, {classes, edge, edge, edge}, answer.logits.data());
  }
  return answer;
}

Answer ask(const Subject& subject, const Question& question, const LabelVolume& truth,
           std::uint64_t logits_budget, const ProgressTold& progress) {
  const DatasetInfo info = question.reader->info();
  Answer answer;
  const Stopwatch clock;
  if (subject.is_prediction) {
    answer = read_prediction(subject, question, info.extents[0], info.classes, logits_budget);
  } else {
    Inferred inferred = infer(subject.path, *question.reader, question.volume, logits_budget, progress);
    answer.classes = to_labels(std::move(inferred.classes), truth.extent);
    answer.logits = std::move(inferred.logits);
    answer.precision = std::move(inferred.precision);
    answer.seconds = clock.seconds();
  }
  if (answer.logits.empty() && answer.no_logits.empty())
    answer.no_logits =
        cat("the logits take ",
            human_bytes(4.0 * static_cast<double>(info.classes) * static_cast<double>(truth.labels.size())),
            ", and the viewer keeps at most ", human_bytes(static_cast<double>(logits_budget)));
  compare(answer, truth, info.classes);
  return answer;
}

}  // namespace

Comparison answer(const Question& question, const ProgressTold& progress) {
  const DatasetInfo info = question.reader->info();
  Comparison result = question.known;
  result.volume = question.volume;
  result.number_of_classes = info.classes;
  result.extent = {info.extents[0], info.extents[0], info.extents[0]};
  const std::uint64_t voxels = static_cast<std::uint64_t>(info.extents[0]) *
                               static_cast<std::uint64_t>(info.extents[0]) *
                               static_cast<std::uint64_t>(info.extents[0]);
  if (voxels > question.budget / bytes_per_voxel)
    throw DataError(cat("truth, prediction and errors of ", info.extents[0], "³ voxels take ",
                        human_bytes(static_cast<double>(bytes_per_voxel * voxels)),
                        "; the viewer keeps at most ", human_bytes(static_cast<double>(question.budget))));
  progress(0);
  if (!result.truth) {
    std::vector<std::uint8_t> truth(voxels);
    question.reader->read_box(question.volume, {{0, 0, 0}, result.extent}, nullptr, truth.data());
    result.truth = to_labels(std::move(truth), result.extent);
  }
  const std::uint64_t logits_budget = question.budget / (question.second ? 2 : 1);
  const bool two = question.first && !result.first && question.second && !result.second;
  if (question.first && !result.first)
    result.first = std::make_shared<Answer>(ask(*question.first, question, *result.truth, logits_budget,
                                                [&](double share) { progress(two ? share / 2 : share); }));
  if (question.second && !result.second)
    result.second =
        std::make_shared<Answer>(ask(*question.second, question, *result.truth, logits_budget,
                                     [&](double share) { progress(two ? (1 + share) / 2 : share); }));
  progress(1);
  return result;
}

std::vector<float> class_probability(const Answer& answer, std::int64_t voxels, std::int64_t label,
                                     const ProgressTold& progress) {
  constexpr std::size_t told_every = std::size_t{1} << 16;
  const auto n = static_cast<std::size_t>(voxels);
  const std::size_t classes = n > 0 ? answer.logits.size() / n : 0;
  if (label < 0 || static_cast<std::size_t>(label) >= classes) return {};
  std::vector<float> probability(n);
  const float* own = answer.logits.data() + static_cast<std::size_t>(label) * n;
  for (std::size_t i = 0; i < n; ++i) {
    // 1 / Σ exp(other − own): no overflow matters, it ends at 0.
    float sum = 0;
    for (std::size_t c = 0; c < classes; ++c) sum += std::exp(answer.logits[c * n + i] - own[i]);
    probability[i] = 1 / sum;
    if (progress && i % told_every == 0) progress(static_cast<double>(i) / static_cast<double>(n));
  }
  return probability;
}

}  // namespace scaffold::viewer
