// A checkpoint's network, or a stored prediction, on one volume: where it is right, where it is wrong, and
// how sure it is; two of them against each other.
#pragma once
#include "panels/fractal_unet/boundary_view.hpp"
#include "panels/fractal_unet/checkpoint_side.hpp"
#include "panels/fractal_unet/checkpoint_views.hpp"
#include "panels/panel.hpp"

namespace scaffold::viewer {

class CheckpointPanel : public Panel {
 public:
  /// Of a checkpoint's or prediction's file. Of DataError the caller makes a message in the window.
  CheckpointPanel(const fs::path& file, Context& context);

  std::string kind() const override { return subject().is_prediction ? "prediction" : "checkpoint"; }
  fs::path path() const override { return subject().path; }
  std::string title() const override;
  void draw() override;
  std::vector<Shortcut> shortcuts() override;
  bool animating() const override { return views_.animating(); }
  bool busy() const override { return evaluation_.busy() || views_.busy(); }
  void theme_changed() override { views_.theme_changed(); }
  View& main_view() override { return views_.main_view(); }

 private:
  const Subject& subject() const { return evaluation_.subject(); }
  const Properties& properties() const override { return properties_; }
  nlohmann::json found() const override;
  Properties declare();
  void collect();
  void refresh();
  void draw_left();
  void draw_matrix();
  void cancel_or_clear();

  CheckpointEvaluation evaluation_;
  ClassTable classes_;
  ConfusionMatrix matrix_;
  BoundaryView boundary_;
  CheckpointSide side_;
  CheckpointViews views_;
  Properties properties_;
};

}  // namespace scaffold::viewer
