// The pictures of a checkpoint panel: side by side, wiped, as a probability, compared; and what is under the
// mouse.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "panels/field_view.hpp"
#include "panels/fractal_unet/checkpoint_layers.hpp"

namespace scaffold::viewer {

class CheckpointViews {
 public:
  CheckpointViews(const CheckpointEvaluation& evaluation, const ClassTable& classes,
                  const ConfusionMatrix& matrix, Context& context);

  /// Another dataset: its volumes' extent, and no class chosen.
  void dataset_changed();
  /// After anything that the pictures are made of has changed.
  void refresh();
  /// Once a frame. Throws what went wrong in the background.
  void collect();
  bool busy() const { return field_.busy(); }
  /// The wheel has just moved a view: it is drawn finely a moment later.
  bool animating() const { return views_.animating() || (mode_ == Mode::field && field_.moving()); }
  /// Comparing was chosen since the last call.
  bool take_comparing() { return std::exchange(comparing_, false); }

  void draw_controls();
  void draw();
  std::vector<Shortcut> shortcuts();
  ViewControls& controls() { return views_.controls(); }
  void theme_changed();
  bool shows_probability() const { return mode_ == Mode::field; }
  View& main_view() { return mode_ == Mode::field ? field_.view() : views_.main_view(); }
  Properties properties();
  nlohmann::json found() const;

 private:
  enum class Mode { side, wipe, field, compare };
  static constexpr const char* mode_names[] = {"side", "wipe", "field", "compare"};

  void set_mode(Mode mode);
  void follow_ground();
  void show_field();
  int field_class() const;
  std::vector<std::string> layers() const;
  void draw_toolbar();
  void draw_mode_choices();
  void draw_wipe_choice();
  void draw_class_choice();
  void draw_views(ImVec2 size);
  void draw_field(ImVec2 size);
  void draw_hints() const;
  void draw_probe() const;

  const CheckpointEvaluation& evaluation_;
  const ClassTable& classes_;
  Context& context_;
  AnswerLayers layers_;
  FieldView field_;
  LinkedViews views_;
  bool dark_ground_;  ///< that the layers were colored for
  Mode mode_ = Mode::side;
  bool comparing_ = false;
  std::string wipe_left_ = "prediction", wipe_right_ = "truth";
  std::optional<int> field_class_;  ///< none: that of the most voxels
  std::optional<Index3> probe_;
};

}  // namespace scaffold::viewer
