// A checkpoint's network, or a stored prediction, put to one volume of a dataset; and a second one, B.
#pragma once
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "panels/property.hpp"
#include "sources/fractal_unet/checkpoint_source.hpp"
#include "sources/fractal_unet/dataset_source.hpp"
#include "ui/context.hpp"

namespace scaffold::viewer {

class CheckpointEvaluation {
 public:
  /// Of a checkpoint's or prediction's file; DataError when it is none. begin() looks for its dataset.
  CheckpointEvaluation(const fs::path& file, Context& context);
  /// `on_dataset`: another was opened. `on_news`: other networks, or something was found out.
  void begin(std::function<void()> on_dataset, std::function<void()> on_news);

  const Subject& subject() const { return *subject_; }
  const Subject* second() const { return second_.get(); }
  const DatasetSource* dataset() const { return dataset_.get(); }
  /// Of the dataset, validation first.
  const std::vector<std::int64_t>& order() const { return order_; }
  std::int64_t volume() const { return volume_; }
  const Comparison& found() const { return found_; }
  bool has_answer() const { return found_.first != nullptr; }
  /// Of two answers; null without.
  const LabelsPtr& differences() const { return differences_; }
  const std::array<std::int64_t, 4>& difference_counts() const { return difference_counts_; }
  /// Mean Dice by volume, of those that were asked for.
  const std::map<std::int64_t, double>& scores() const { return scores_; }

  void open_dataset(const fs::path& folder);
  /// Empty: without one.
  void open_second(const fs::path& file);
  void choose_volume(std::int64_t volume);
  /// Shows another checkpoint of the run, and runs it when this one has been run.
  void step_checkpoint(int by);
  void run();
  void cancel() { work_.cancel(); }
  /// Once a frame: takes what was found out. Throws what went wrong.
  void collect();

  bool busy() const { return work_.busy(); }
  bool running() const { return running_; }  ///< what goes on runs a network
  bool cancelling() const { return work_.cancelling(); }
  double progress() const { return work_.progress(); }
  double seconds() const;  ///< since it began
  const std::string& problem() const { return problem_; }
  const std::string& dataset_problem() const { return dataset_problem_; }
  const std::string& second_problem() const { return second_problem_; }
  void set_problem(std::string problem) { problem_ = std::move(problem); }

  Properties properties();
  /// Asks the network, as the last of what is restored.
  Properties run_property();
  nlohmann::json findings() const;

 private:
  std::shared_ptr<const DatasetSource> fitting_dataset(const fs::path& folder) const;
  std::shared_ptr<const Subject> fitting_second(const fs::path& file) const;
  /// Reads the truth; with `run` or for predictions also asks the networks.
  void ask(bool run, bool again = false);
  void arrived(Comparison found);
  void restore_volume(std::int64_t volume);

  Context& context_;
  std::function<void()> on_dataset_, on_news_;
  std::shared_ptr<const Subject> subject_, second_;
  std::shared_ptr<const DatasetSource> dataset_;
  std::vector<std::int64_t> order_;
  std::int64_t volume_ = 0;
  Comparison found_;
  LabelsPtr differences_;
  std::array<std::int64_t, 4> difference_counts_{};
  std::map<std::int64_t, double> scores_;
  Background<Comparison> work_;
  bool running_ = false;
  double started_ = 0;
  std::string problem_, dataset_problem_, second_problem_;
};

}  // namespace scaffold::viewer
