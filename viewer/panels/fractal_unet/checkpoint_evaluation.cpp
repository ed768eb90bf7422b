#include "panels/fractal_unet/checkpoint_evaluation.hpp"

#include <imgui.h>

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "core/text.hpp"
#include "sources/errors.hpp"
#include "sources/fractal_unet/dice.hpp"
#include "sources/fractal_unet/inference.hpp"

namespace scaffold::viewer {
namespace {

nlohmann::json findings_of(const Answer& answer) {
  const auto classes = static_cast<std::int64_t>(answer.dice.size());
  const auto present = mean_present_dice(answer.dice, class_voxels(answer.confusion, classes));
  return {{"dice", answer.dice},
          {"mean_dice", mean_dice(answer.dice)},
          {"mean_dice_present", present ? nlohmann::json(*present) : nlohmann::json(nullptr)},
          {"confusion", answer.confusion},
          {"false_positives", answer.error_counts[false_positive]},
          {"false_negatives", answer.error_counts[false_negative]},
          {"wrong_class", answer.error_counts[wrong_class]},
          {"precision", answer.precision},
          {"probabilities", !answer.logits.empty()}};
}

}  // namespace

CheckpointEvaluation::CheckpointEvaluation(const fs::path& file, Context& context)
    : context_(context), subject_(std::make_shared<const Subject>(read_subject(file))) {}

void CheckpointEvaluation::begin(std::function<void()> on_dataset, std::function<void()> on_news) {
  on_dataset_ = std::move(on_dataset);
  on_news_ = std::move(on_news);
  open_dataset(find_dataset(*subject_, context_.known("dataset")));
}

std::shared_ptr<const DatasetSource> CheckpointEvaluation::fitting_dataset(const fs::path& folder) const {
  if (folder.empty())
    throw DataError(subject_->is_prediction
                        ? cat("The dataset '", subject_->dataset.string(), "' was not found.")
                        : cat("The dataset ", subject_->dataset_hash, " was not found."));
  auto source = std::make_shared<const DatasetSource>(folder);
  const auto classes = source->reader().info().classes;
  if (!subject_->is_prediction && classes != subject_->classes)
    throw DataError(cat("'", folder.string(), "' has ", classes, " classes, the network tells ",
                        subject_->classes, " apart"));
  if (source->volumes() == 0) throw DataError(cat("'", folder.string(), "' has no volumes"));
  return source;
}

void CheckpointEvaluation::open_dataset(const fs::path& folder) {
  dataset_problem_.clear();
  try {
    dataset_ = fitting_dataset(folder);
  } catch (const Error& error) {
    dataset_problem_ = error.what();
    return;
  }
  const DatasetReader& reader = dataset_->reader();
  if (!subject_->is_prediction && reader.info().hash != subject_->dataset_hash)
    dataset_problem_ = cat("The network was trained on another dataset, ", subject_->dataset_hash, ".");
  order_.assign(reader.validation().begin(), reader.validation().end());
  order_.insert(order_.end(), reader.training().begin(), reader.training().end());
  scores_.clear();
  on_dataset_();
  choose_volume(subject_->is_prediction ? subject_->volume : order_.front());
}

void CheckpointEvaluation::choose_volume(std::int64_t volume) {
  if (!dataset_) return;
  if (volume < 0 || volume >= dataset_->volumes()) {
    problem_ = cat("the dataset has volumes 0 to ", dataset_->volumes() - 1, ", not ", volume);
    return;
  }
  volume_ = volume;
  found_ = {};
  ask(false);
}

void CheckpointEvaluation::step_checkpoint(int by) {
  if (subject_->is_prediction) return;
  const auto all = checkpoints_beside(subject_->path);
  std::error_code error;
  const auto here = std::ranges::find_if(
      all, [&](const auto& path) { return fs::equivalent(path, subject_->path, error); });
  if (here == all.end()) return;
  const auto to = (here - all.begin()) + by;
  if (to < 0 || to >= std::ssize(all)) return;
  auto next = std::make_shared<const Subject>(read_subject(all[static_cast<std::size_t>(to)]));
  if (next->classes != subject_->classes)
    throw DataError(
        cat("'", next->path.string(), "' tells ", next->classes, " classes apart, not ", subject_->classes));
  const bool again = has_answer() || (work_.busy() && running_);
  subject_ = std::move(next);
  scores_.clear();
  found_.first = nullptr;
  differences_ = nullptr;
  ask(again);
  on_news_();
}

void CheckpointEvaluation::run() {
  if (!subject_->is_prediction && !(work_.busy() && running_)) ask(true, true);
}

void CheckpointEvaluation::ask(bool run, bool again) {
  if (!dataset_) return;
  problem_.clear();
  Question question;
  question.reader = {dataset_, &dataset_->reader()};
  question.volume = volume_;
  question.budget = context_.memory_budget;
  question.known = found_.volume == volume_ ? found_ : Comparison{};
  if (again) question.known.first = question.known.second = nullptr;
  const auto asked = [&](const std::shared_ptr<const Subject>& subject) {
    return subject && (run || subject->is_prediction) ? subject : nullptr;
  };
  question.first = asked(subject_);
  if (second_ && second_->is_prediction && second_->volume != volume_)
    second_problem_ = cat("B is a prediction of volume ", second_->volume, ": choose that one.");
  else if (second_) {
    question.second = asked(second_);
    second_problem_.clear();
  }
  running_ = run;
  started_ = ImGui::GetTime();
  work_.start([question](const ProgressTold& progress) { return answer(question, progress); }, context_.wake);
}

double CheckpointEvaluation::seconds() const { return ImGui::GetTime() - started_; }

void CheckpointEvaluation::collect() {
  if (auto found = work_.take()) arrived(std::move(*found));
}

void CheckpointEvaluation::arrived(Comparison found) {
  if (found.volume != volume_) return;
  found_ = std::move(found);
  if (found_.first) scores_[volume_] = mean_dice(found_.first->dice);
  differences_ = nullptr;
  if (found_.first && found_.second) {
    auto differs = std::make_shared<LabelVolume>(*found_.truth);
    differs->labels = difference_labels(found_.truth->labels, found_.first->classes->labels,
                                        found_.second->classes->labels);
    difference_counts_ = count_errors(differs->labels);
    differences_ = std::move(differs);
  }
  on_news_();
}

std::shared_ptr<const Subject> CheckpointEvaluation::fitting_second(const fs::path& file) const {
  auto other = std::make_shared<const Subject>(read_subject(file));
  if (dataset_ && !other->is_prediction && other->classes != dataset_->reader().info().classes)
    throw DataError(cat("'", file.string(), "' tells ", other->classes, " classes apart, the dataset has ",
                        dataset_->reader().info().classes));
  return other;
}

void CheckpointEvaluation::open_second(const fs::path& file) {
  second_problem_.clear();
  second_ = nullptr;
  found_.second = nullptr;
  differences_ = nullptr;
  try {
    if (!file.empty()) second_ = fitting_second(file);
    if (second_ && (has_answer() || second_->is_prediction)) ask(has_answer());
  } catch (const Error& error) {
    second_problem_ = error.what();
  }
  on_news_();
}

Properties CheckpointEvaluation::properties() {
  Properties all;
  all.add<std::string>(
      "dataset", [this] { return dataset_ ? dataset_->folder().string() : std::string(); },
      [this](const std::string& folder) {
        if (folder.empty() || (dataset_ && folder == dataset_->folder().string())) return;
        open_dataset(folder);
        if (!dataset_) throw ConfigError(dataset_problem_);
      });
  all.add<std::int64_t>(
      "volume", [this] { return volume_; }, [this](std::int64_t volume) { restore_volume(volume); });
  all.add<std::string>(
      "second", [this] { return second_ ? second_->path.string() : std::string(); },
      [this](const std::string& file) {
        if (file == (second_ ? second_->path.string() : "")) return;
        open_second(file);
        if (!file.empty() && !second_) throw ConfigError(second_problem_);
      });
  return all;
}

void CheckpointEvaluation::restore_volume(std::int64_t volume) {
  if (volume == volume_ || !dataset_) return;
  if (volume < 0 || volume >= dataset_->volumes())
    throw ConfigError(
        cat("'volume': the dataset has volumes 0 to ", dataset_->volumes() - 1, ", not ", volume));
  if (subject_->is_prediction)
    throw ConfigError(cat("this is a prediction of volume ", volume_, ", not of ", volume));
  choose_volume(volume);
}

Properties CheckpointEvaluation::run_property() {
  Properties all;
  all.order<bool>("run", [this](bool run) {
    if (run && !subject_->is_prediction) ask(true);  // what is known already stays
  });
  return all;
}

nlohmann::json CheckpointEvaluation::findings() const {
  nlohmann::json is{
      {"progress", work_.progress()},
      {"can_run", can_infer()},
      {"checkpoint", subject_->path.filename().string()},
      {"epochs", subject_->epochs},
      {"volumes", dataset_ ? dataset_->volumes() : 0},
      {"problem",
       problem_.empty() ? dataset_problem_.empty() ? second_problem_ : dataset_problem_ : problem_}};
  if (found_.first) is.update(findings_of(*found_.first));
  if (found_.second) is["second"] = findings_of(*found_.second);
  if (differences_) {
    is["only_first_right"] = difference_counts_[only_first_right];
    is["only_second_right"] = difference_counts_[only_second_right];
    is["both_wrong"] = difference_counts_[both_wrong];
  }
  return is;
}

}  // namespace scaffold::viewer
