#include "panels/fractal_unet/checkpoint_panel.hpp"

#include <imgui.h>

#include <algorithm>

#include "core/text.hpp"

namespace scaffold::viewer {

CheckpointPanel::CheckpointPanel(const fs::path& file, Context& context)
    : evaluation_(file, context),
      classes_(context),
      matrix_(context),
      boundary_(evaluation_.found(), evaluation_.subject(), context),
      side_(evaluation_, context),
      views_(evaluation_, classes_, matrix_, context),
      properties_(declare()) {
  evaluation_.begin(
      [this] {
        classes_.set_styles(evaluation_.dataset()->styles(true));
        side_.dataset_changed();
        views_.dataset_changed();
      },
      [this] { refresh(); });
}

std::string CheckpointPanel::title() const {
  // RUN/checkpoints/best.h5 of several runs: the run tells them apart.
  const fs::path run = subject().path.parent_path().parent_path().filename();
  const std::string name = subject().path.filename().string();
  return subject().is_prediction || run.empty() ? name : cat(name, " · ", run.string());
}

void CheckpointPanel::refresh() {
  views_.refresh();
  boundary_.refresh();
}

void CheckpointPanel::collect() {
  try {
    evaluation_.collect();
    views_.collect();
  } catch (const std::exception& error) {  // bad_alloc and HDF5's among them
    evaluation_.set_problem(error.what());
  }
}

void CheckpointPanel::draw() {
  collect();
  const float left = std::min(21 * ImGui::GetFontSize(), 0.42f * ImGui::GetContentRegionAvail().x);
  ImGui::BeginChild("left", {left, 0});
  draw_left();
  ImGui::EndChild();
  ImGui::SameLine();
  ImGui::BeginChild("right");
  views_.draw();
  ImGui::EndChild();
}

void CheckpointPanel::draw_left() {
  side_.draw_subject();
  side_.draw_dataset();
  if (!evaluation_.dataset()) return;
  side_.draw_volumes();
  side_.draw_run();
  views_.draw_controls();
  // A probability is drawn by its transfer function: colors and opacities of classes do nothing to it.
  if (classes_.draw(evaluation_.found(), !views_.shows_probability())) views_.refresh();
  if (evaluation_.has_answer()) draw_matrix();
  if (evaluation_.has_answer()) boundary_.draw();
  side_.draw_second(views_.take_comparing());
}

/// The slices go to a voxel of the cell that is chosen.
void CheckpointPanel::draw_matrix() {
  const auto changed = matrix_.draw(evaluation_.found());
  if (changed == ConfusionMatrix::Changed::nothing) return;
  views_.refresh();
  if (const auto voxel = matrix_.voxel(evaluation_.found())) views_.controls().set_crosshair(*voxel);
}

void CheckpointPanel::cancel_or_clear() {
  if (evaluation_.busy()) return evaluation_.cancel();
  matrix_.clear();
  views_.refresh();
}

std::vector<Shortcut> CheckpointPanel::shortcuts() {
  std::vector<Shortcut> all{
      {"n PageDown Right", "Next volume, validation first", [this] { side_.step_volume(1); }},
      {"p PageUp Left", "Previous volume", [this] { side_.step_volume(-1); }},
      {"e", "Next epoch: the run's next checkpoint", [this] { evaluation_.step_checkpoint(1); }},
      {"E", "Previous epoch", [this] { evaluation_.step_checkpoint(-1); }},
      {"Enter", "Run the network on this volume", [this] { evaluation_.run(); }},
      {"Escape", "Cancel, or clear the chosen cell", [this] { cancel_or_clear(); }}};
  for (auto& shortcut : views_.shortcuts()) all.push_back(std::move(shortcut));
  return all;
}

Properties CheckpointPanel::declare() {
  Properties all;
  for (const auto& part : {evaluation_.properties(), views_.properties(), boundary_.properties(),
                           side_.properties(), matrix_.properties([this] { return classes_.classes(); }),
                           classes_.properties(), evaluation_.run_property()})
    all.include(part);
  all.then([this] { refresh(); });
  return all;
}

nlohmann::json CheckpointPanel::found() const {
  auto is = views_.found();
  is.update(evaluation_.findings());
  is["busy"] = busy();
  if (const auto voxels = matrix_.voxels(evaluation_.found())) is["cell_voxels"] = *voxels;
  if (const auto& errors = boundary_.errors())
    is["boundary"] = {{"voxels", errors->voxels}, {"wrong", errors->wrong}};
  return is;
}

}  // namespace scaffold::viewer
