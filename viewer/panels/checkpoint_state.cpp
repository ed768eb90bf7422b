// The checkpoint panel's state as plain values, and back.
#include <vtkCamera.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "panels/checkpoint_panel.hpp"
#include "scene/camera.hpp"
#include "sources/inference.hpp"

namespace scaffold::viewer {
namespace {

constexpr const char* as_names[] = {"cubes", "points", "surface", "volume"};
constexpr const char* layer_names[] = {"prediction", "truth", "error", "second"};

/// Which of `names` state[key] is; `value` where the key is missing.
template <std::size_t n>
std::size_t take_name(const nlohmann::json& state, const char* key, const char* const (&names)[n],
                      std::size_t value) {
  std::string text = names[value];
  take(state, key, text);
  for (std::size_t i = 0; i < n; ++i)
    if (text == names[i]) return i;
  std::string all;
  for (const char* name : names) all += cat(all.empty() ? "" : ", ", name);
  throw ConfigError(cat("'", key, "' is one of ", all, ", not ", text));
}

nlohmann::json findings_of(const Answer& answer) {
  return {{"dice", answer.dice},
          {"mean_dice", mean_dice(answer.dice)},
          {"confusion", answer.confusion},
          {"false_positives", answer.error_counts[false_positive]},
          {"false_negatives", answer.error_counts[false_negative]},
          {"wrong_class", answer.error_counts[wrong_class]},
          {"precision", answer.precision},
          {"probabilities", !answer.logits.empty()}};
}

}  // namespace

nlohmann::json CheckpointPanel::findings() const {
  nlohmann::json is{
      {"busy", busy()},
      {"progress", work_.progress()},
      {"can_run", can_infer()},
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
  if (cell_ && found_.first && (*cell_)[0] < found_.number_of_classes &&
      (*cell_)[1] < found_.number_of_classes)
    is["cell_voxels"] =
        found_.first
            ->confusion[static_cast<std::size_t>((*cell_)[0] * found_.number_of_classes + (*cell_)[1])];
  if (boundary_) is["boundary"] = {{"voxels", boundary_->voxels}, {"wrong", boundary_->wrong}};
  return is;
}

nlohmann::json CheckpointPanel::state() const {
  nlohmann::json styles = nlohmann::json::array();
  for (const auto& style : styles_)
    styles.push_back({{"visible", style.visible},
                      {"colour", {style.colour.r, style.colour.g, style.colour.b}},
                      {"opacity", style.opacity}});
  vtkCamera* camera = views_.camera();
  const auto three = [](const double* v) { return nlohmann::json{v[0], v[1], v[2]}; };
  nlohmann::json state{{"volume", volume_},
                       {"dataset", dataset_ ? dataset_->folder().string() : ""},
                       {"mode", mode_names[static_cast<int>(mode_)]},
                       {"as", as_names[static_cast<int>(views_.representation())]},
                       {"axes", views_.axes()},
                       {"crosshair", views_.crosshair()},
                       {"slice_axis", views_.slice_axis},
                       {"wipe", views_.wipe},
                       {"wipe_left", wipe_left_},
                       {"wipe_right", wipe_right_},
                       {"field_class", field_class_},
                       {"transfer", transfer_.points},
                       {"second", second_ ? second_->path.string() : ""},
                       {"shards", shards_},
                       {"styles", styles},
                       {"facts", show_facts_},
                       {"camera",
                        {{"position", three(camera->GetPosition())},
                         {"focus", three(camera->GetFocalPoint())},
                         {"up", three(camera->GetViewUp())},
                         {"centre", {camera->GetWindowCenter()[0], camera->GetWindowCenter()[1]}}}},
                       {"is", findings()}};
  state["cell"] = cell_ ? nlohmann::json(*cell_) : nlohmann::json();
  return state;
}

void CheckpointPanel::restore_paths(const nlohmann::json& state) {
  std::string dataset = dataset_ ? dataset_->folder().string() : "";
  const std::string dataset_before = dataset;
  take(state, "dataset", dataset);
  if (dataset != dataset_before && !dataset.empty()) {
    open_dataset(dataset);
    if (!dataset_) throw ConfigError(dataset_problem_);
  }
  auto volume = volume_;
  take(state, "volume", volume);
  if (volume != volume_ && dataset_) {
    if (volume < 0 || volume >= dataset_->volumes())
      throw ConfigError(
          cat("'volume': the dataset has volumes 0 to ", dataset_->volumes() - 1, ", not ", volume));
    if (subject_->is_prediction)
      throw ConfigError(cat("this is a prediction of volume ", volume_, ", not of ", volume));
    choose_volume(volume);
  }
  std::string second = second_ ? second_->path.string() : "";
  const std::string second_before = second;
  take(state, "second", second);
  if (second == second_before) return;
  open_second(second);
  if (!second.empty() && !second_) throw ConfigError(second_problem_);
}

void CheckpointPanel::restore_styles(const nlohmann::json& state) {
  std::vector<int> only;
  take(state, "classes", only);
  if (state.contains("classes"))
    for (std::size_t c = 1; c < styles_.size(); ++c)
      styles_[c].visible = std::find(only.begin(), only.end(), static_cast<int>(c)) != only.end();
  std::vector<nlohmann::json> given;
  take(state, "styles", given);
  for (std::size_t c = 0; c < std::min(given.size(), styles_.size()); ++c) {
    auto style = styles_[c];
    std::array<float, 3> colour{style.colour.r, style.colour.g, style.colour.b};
    if (!given[c].is_object()) throw ConfigError("'styles' is a list of objects");
    take(given[c], "visible", style.visible);
    take(given[c], "opacity", style.opacity);
    take(given[c], "colour", colour);
    for (const float part : {style.opacity, colour[0], colour[1], colour[2]})
      if (!(part >= 0 && part <= 1)) throw ConfigError("'styles': opacities and colours lie between 0 and 1");
    style.colour = {colour[0], colour[1], colour[2]};
    styles_[c] = style;
  }
}

void CheckpointPanel::restore_camera(const nlohmann::json& state) {
  constexpr const char* directions[] = {"iso", "x", "y", "z"};
  if (state.contains("camera")) {
    nlohmann::json given;
    take(state, "camera", given);
    if (!given.is_object()) throw ConfigError("'camera' is an object");
    std::array<double, 3> position{}, focus{}, up{};
    vtkCamera* camera = views_.camera();
    camera->GetPosition(position.data());
    camera->GetFocalPoint(focus.data());
    camera->GetViewUp(up.data());
    take(given, "position", position);
    take(given, "focus", focus);
    take(given, "up", up);
    std::array<double, 2> centre{};
    camera->GetWindowCenter(centre.data());
    take(given, "centre", centre);
    if (!sound({position[0], position[1], position[2], focus[0], focus[1], focus[2], up[0], up[1], up[2], 1,
                centre[0], centre[1]}))
      throw ConfigError("'camera' looks nowhere");
    camera->SetPosition(position.data());
    camera->SetFocalPoint(focus.data());
    camera->SetViewUp(up.data());
    camera->SetWindowCenter(centre[0], centre[1]);
    views_.keep_camera();
  }
  if (state.contains("view")) {
    look_from_ = static_cast<Direction>(take_name(state, "view", directions, 0));
    if (found_.truth) views_.look_from(*std::exchange(look_from_, std::nullopt));
  }
}

void CheckpointPanel::restore(const nlohmann::json& state) {
  restore_paths(state);
  mode_ = static_cast<Mode>(take_name(state, "mode", mode_names, static_cast<std::size_t>(mode_)));
  views_.set_representation(static_cast<Representation>(
      take_name(state, "as", as_names, static_cast<std::size_t>(views_.representation()))));
  unfold_second_ |= mode_ == Mode::compare;
  bool axes = views_.axes();
  take(state, "axes", axes);
  views_.set_axes(axes);
  if (state.contains("crosshair")) {
    Voxel crosshair{};
    take(state, "crosshair", crosshair);
    found_.truth ? views_.set_crosshair(crosshair) : void(crosshair_to_be_ = crosshair);
  }
  take(state, "slice_axis", views_.slice_axis);
  views_.slice_axis = std::clamp(views_.slice_axis, 0, 2);
  take(state, "wipe", views_.wipe);
  views_.wipe = std::clamp(std::isfinite(views_.wipe) ? views_.wipe : 0.5f, 0.02f, 0.98f);
  for (const auto& [key, side] : {std::pair("wipe_left", &wipe_left_), {"wipe_right", &wipe_right_}})
    if (state.contains(key)) *side = layer_names[take_name(state, key, layer_names, 0)];
  take(state, "field_class", field_class_);
  field_class_ = std::clamp(field_class_, 0, std::max(0, static_cast<int>(styles_.size()) - 1));
  TransferFunction transfer = transfer_;
  take(state, "transfer", transfer.points);
  if (!transfer.sound())
    throw ConfigError("'transfer' is a list of [value, opacity] from value 0 to value 1");
  transfer_ = transfer;
  take(state, "shards", shards_);
  take(state, "facts", show_facts_);
  if (state.contains("cell")) {
    std::optional<std::array<int, 2>> cell;
    if (!state["cell"].is_null()) take(state, "cell", cell.emplace());
    const auto n = static_cast<int>(styles_.size());
    if (cell && ((*cell)[0] < 0 || (*cell)[0] >= n || (*cell)[1] < 0 || (*cell)[1] >= n))
      throw ConfigError(cat("'cell' is [truth, prediction], both below ", n));
    cell_ = cell;
  }
  restore_styles(state);
  restore_camera(state);
  bool run = false;
  take(state, "run", run);
  if (run && !subject_->is_prediction) ask(true);  // what is known already stays
  refresh();
  refresh_field();
  refresh_boundary();
}

}  // namespace scaffold::viewer
