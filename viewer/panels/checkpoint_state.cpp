// The checkpoint panel's state as plain values, and back.
#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "panels/checkpoint_panel.hpp"
#include "sources/inference.hpp"

namespace scaffold::viewer {
namespace {

constexpr const char* layer_names[] = {"prediction", "truth", "error", "second"};

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
      {"checkpoint", subject_->path.filename().string()},
      {"epochs", subject_->epochs},
      {"field_class", field_class()},
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
  if (found_.truth && views_.controls().extent() == found_.extent)
    is["truth_at_crosshair"] = found_.truth->at(views_.controls().crosshair());
  if (boundary_) is["boundary"] = {{"voxels", boundary_->voxels}, {"wrong", boundary_->wrong}};
  return is;
}

nlohmann::json CheckpointPanel::state() const {
  nlohmann::json styles = nlohmann::json::array();
  for (const auto& style : styles_)
    styles.push_back({{"visible", style.visible},
                      {"colour", {style.color.r, style.color.g, style.color.b}},
                      {"opacity", style.opacity}});
  nlohmann::json state = views_.controls().state();
  state.update({{"volume", volume_},
                {"dataset", dataset_ ? dataset_->folder().string() : ""},
                {"mode", mode_names[static_cast<int>(mode_)]},
                {"slice_axis", views_.slice_axis},
                {"wipe", views_.wipe},
                {"wipe_left", wipe_left_},
                {"wipe_right", wipe_right_},
                {"transfer", field_.transfer().points},
                {"second", second_ ? second_->path.string() : ""},
                {"shards", shards_},
                {"styles", styles},
                {"facts", show_facts_}});
  state["cell"] = cell_ ? nlohmann::json(*cell_) : nlohmann::json();
  state["field_class"] = field_class_ ? nlohmann::json(*field_class_) : nlohmann::json();
  state["is"].update(findings());
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
    std::array<float, 3> color{style.color.r, style.color.g, style.color.b};
    if (!given[c].is_object()) throw ConfigError("'styles' is a list of objects");
    take(given[c], "visible", style.visible);
    take(given[c], "opacity", style.opacity);
    take(given[c], "colour", color);
    for (const float part : {style.opacity, color[0], color[1], color[2]})
      if (!(part >= 0 && part <= 1)) throw ConfigError("'styles': opacities and colors lie between 0 and 1");
    style.color = {color[0], color[1], color[2]};
    styles_[c] = style;
  }
}

void CheckpointPanel::restore_field(const nlohmann::json& state) {
  if (const auto label = state.find("field_class"); label != state.end()) {
    field_class_.reset();
    if (!label->is_null()) take(state, "field_class", field_class_.emplace());
    if (field_class_)
      field_class_ = std::clamp(*field_class_, 0, std::max(0, static_cast<int>(styles_.size()) - 1));
  }
  TransferFunction transfer = field_.transfer();
  take(state, "transfer", transfer.points);
  if (!transfer.sound())
    throw ConfigError("'transfer' is a list of [value, opacity] from value 0 to value 1");
  field_.set_transfer(transfer);
}

void CheckpointPanel::restore_cell(const nlohmann::json& state) {
  if (!state.contains("cell")) return;
  std::optional<std::array<int, 2>> cell;
  if (!state["cell"].is_null()) take(state, "cell", cell.emplace());
  const auto n = static_cast<int>(styles_.size());
  if (cell && ((*cell)[0] < 0 || (*cell)[0] >= n || (*cell)[1] < 0 || (*cell)[1] >= n))
    throw ConfigError(cat("'cell' is [truth, prediction], both below ", n));
  cell_ = cell;
}

void CheckpointPanel::restore(const nlohmann::json& state) {
  restore_paths(state);
  mode_ = static_cast<Mode>(take_name(state, "mode", mode_names, static_cast<std::size_t>(mode_)));
  unfold_second_ |= mode_ == Mode::compare;
  views_.controls().restore(state);
  take(state, "slice_axis", views_.slice_axis);
  views_.slice_axis = std::clamp(views_.slice_axis, 0, 2);
  take(state, "wipe", views_.wipe);
  views_.wipe = std::clamp(std::isfinite(views_.wipe) ? views_.wipe : 0.5f, 0.02f, 0.98f);
  for (const auto& [key, side] : {std::pair("wipe_left", &wipe_left_), {"wipe_right", &wipe_right_}})
    if (state.contains(key)) *side = layer_names[take_name(state, key, layer_names, 0)];
  restore_field(state);
  take(state, "shards", shards_);
  take(state, "facts", show_facts_);
  restore_cell(state);
  restore_styles(state);
  bool run = false;
  take(state, "run", run);
  if (run && !subject_->is_prediction) ask(true);  // what is known already stays
  refresh();
  refresh_field();
  refresh_boundary();
}

}  // namespace scaffold::viewer
