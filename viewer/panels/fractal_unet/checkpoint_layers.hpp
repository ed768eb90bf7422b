// What a network said of a volume, as pictures to lay beside or over each other.
#pragma once
#include "panels/fractal_unet/checkpoint_classes.hpp"
#include "panels/fractal_unet/checkpoint_evaluation.hpp"
#include "panels/fractal_unet/confusion_matrix.hpp"
#include "panels/linked_views.hpp"

namespace scaffold::viewer {

/// Of which layers can be made.
inline constexpr const char* layer_names[] = {"prediction", "truth", "error", "second"};

class AnswerLayers {
 public:
  AnswerLayers(const CheckpointEvaluation& evaluation, const ClassTable& classes,
               const ConfusionMatrix& matrix)
      : evaluation_(evaluation), classes_(classes), matrix_(matrix) {}

  /// One of layer_names, or "differs"; the truth for what is not there. The voxels of the chosen cell stand
  /// out. `ground`: the theme that suits what is behind it.
  Layer layer(const std::string& what, const Theme& ground) const;

 private:
  Layer plain(const std::string& what, bool dark) const;
  Layer highlighted(Layer layer, const Theme& ground) const;

  const CheckpointEvaluation& evaluation_;
  const ClassTable& classes_;
  const ConfusionMatrix& matrix_;
};

}  // namespace scaffold::viewer
