// What is evaluated, as a column: the file and its facts, dataset, volume, running it, what it is compared
// with.
#pragma once
#include "panels/fractal_unet/checkpoint_evaluation.hpp"
#include "panels/fractal_unet/volume_list.hpp"
#include "panels/path_choice.hpp"

namespace scaffold::viewer {

class CheckpointSide {
 public:
  CheckpointSide(CheckpointEvaluation& evaluation, Context& context)
      : evaluation_(evaluation), context_(context) {}

  void dataset_changed() { list_.set_volumes(evaluation_.order()); }
  void step_volume(int by);
  void draw_subject();
  void draw_dataset();
  void draw_volumes();
  void draw_run();
  void draw_second(bool unfold);
  Properties properties();

 private:
  void draw_work();
  void draw_button();
  std::vector<fs::path> second_candidates() const;

  CheckpointEvaluation& evaluation_;
  Context& context_;
  VolumeList list_;
  PathChoice dataset_, second_;
  const Subject* seen_second_ = nullptr;  ///< whose path stands in second_
  bool show_facts_ = false;
};

}  // namespace scaffold::viewer
