#include "panels/fractal_unet/checkpoint_views.hpp"

#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "sources/errors.hpp"
#include "ui/flow.hpp"

namespace scaffold::viewer {

CheckpointViews::CheckpointViews(const CheckpointEvaluation& evaluation, const ClassTable& classes,
                                 const ConfusionMatrix& matrix, Context& context)
    : evaluation_(evaluation),
      classes_(classes),
      context_(context),
      layers_(evaluation, classes, matrix),
      field_("probability", context),
      views_(context, field_.viewport()),
      dark_ground_(views_.controls().suited().dark) {}

void CheckpointViews::dataset_changed() {
  field_class_.reset();
  const std::int64_t edge = evaluation_.dataset()->reader().info().extents[0];
  views_.controls().set_extent({edge, edge, edge});
}

void CheckpointViews::collect() {
  field_.collect();
  follow_ground();
}

/// Errors and slices have colors that suit what is behind them.
void CheckpointViews::follow_ground() {
  const bool dark = views_.controls().suited().dark;
  if (std::exchange(dark_ground_, dark) == dark) return;
  views_.repaint_planes();
  if (evaluation_.found().truth) refresh();
}

void CheckpointViews::theme_changed() {
  views_.controls().theme_changed();
  follow_ground();
}

std::vector<std::string> CheckpointViews::layers() const {
  if (!evaluation_.found().truth) return {};
  if (!evaluation_.has_answer()) return {"truth"};
  if (mode_ == Mode::wipe) return {wipe_left_, wipe_right_};
  if (mode_ == Mode::compare && evaluation_.found().second) return {"prediction", "second", "differs"};
  return {"prediction", "truth", "error"};
}

/// A field is worked out only where it is looked at.
void CheckpointViews::refresh() {
  std::vector<Layer> all;
  const Theme ground = views_.controls().suited();
  for (const auto& what : layers()) all.push_back(layers_.layer(what, ground));
  views_.show(std::move(all));
  show_field();
}

void CheckpointViews::show_field() {
  const Comparison& found = evaluation_.found();
  const auto answer = mode_ == Mode::field ? found.first : nullptr;
  FieldView::Values values;
  if (answer && !answer->logits.empty())
    values = [answer, voxels = found.extent[0] * found.extent[1] * found.extent[2],
              label = field_class()](const ProgressTold& progress) {
      return class_probability(*answer, voxels, label, progress);
    };
  field_.show(answer, field_class(), found.extent, values);
}

int CheckpointViews::field_class() const {
  if (field_class_) return *field_class_;
  const Comparison& found = evaluation_.found();
  return found.first ? max_predicted(found.first->confusion, found.number_of_classes) : 1;
}

void CheckpointViews::set_mode(Mode mode) {
  mode_ = mode;
  views_.controls().touch();
  comparing_ = mode == Mode::compare;
  refresh();
}

void CheckpointViews::draw_controls() {
  const bool unfolded = ImGui::CollapsingHeader("View");
  context_.tags.mark("view-controls");
  if (!unfolded) return;
  views_.controls().draw_switches();
  views_.controls().draw_clip();
}

void CheckpointViews::draw() {
  draw_toolbar();
  draw_views(ImGui::GetContentRegionAvail());
}

void CheckpointViews::draw_toolbar() {
  const float em = ImGui::GetFontSize();
  constexpr const char* names[] = {"Side by side", "Wipe", "Probability", "Compare"};
  for (int m = 0; m < 4; ++m) {
    if (m > 0) same_line_if_room(button_width(names[m]));
    const bool chosen = static_cast<int>(mode_) == m;
    if (chosen) ImGui::PushStyleColor(ImGuiCol_Button, ImGui::GetStyleColorVec4(ImGuiCol_ButtonActive));
    if (ImGui::Button(names[m])) set_mode(static_cast<Mode>(m));
    if (chosen) ImGui::PopStyleColor();
    context_.tags.mark(cat("mode-", mode_names[m]));
  }
  if (mode_ != Mode::field) {
    same_line_if_room(8 * em);
    views_.controls().draw_representation(8 * em);
  }
  same_line_if_room(11 * em);
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted("From");
  ImGui::SameLine(0, 0.3f * em);
  views_.controls().draw_directions();
  draw_mode_choices();
}

/// What is shown in this mode.
void CheckpointViews::draw_mode_choices() {
  const float em = ImGui::GetFontSize();
  if (mode_ == Mode::side || mode_ == Mode::compare) {
    same_line_if_room(10 * em);
    views_.draw_slice_choice();
  } else if (mode_ == Mode::wipe) {
    same_line_if_room(17 * em);
    draw_wipe_choice();
  } else if (classes_.classes() > 0) {
    same_line_if_room(14 * em);
    draw_class_choice();
  }
}

void CheckpointViews::draw_wipe_choice() {
  const float em = ImGui::GetFontSize();
  const auto label = [](const std::string& layer) { return layer == "second" ? "B" : layer.c_str(); };
  for (auto* side : {&wipe_left_, &wipe_right_}) {
    ImGui::PushID(side);
    ImGui::SetNextItemWidth(7.5f * em);
    const bool open = ImGui::BeginCombo("##layer", label(*side));
    context_.tags.mark(side == &wipe_left_ ? "wipe-left" : "wipe-right");
    if (open) {
      for (const std::string what : layer_names)
        if ((what != "second" || evaluation_.found().second) &&
            ImGui::Selectable(label(what), *side == what)) {
          *side = what;
          refresh();
        }
      ImGui::EndCombo();
    }
    ImGui::PopID();
    if (side == &wipe_left_) ImGui::SameLine(0, 0.3f * em);
  }
}

void CheckpointViews::draw_class_choice() {
  ImGui::SetNextItemWidth(13 * ImGui::GetFontSize());
  const auto label = [&](int c) {
    return cat("class ", c, ": ", classes_.styles()[static_cast<std::size_t>(c)].name);
  };
  const bool open = ImGui::BeginCombo("##class", label(field_class()).c_str());
  context_.tags.mark("field-class");
  if (!open) return;
  for (int c = 0; c < classes_.classes(); ++c)
    if (ImGui::Selectable(label(c).c_str(), c == field_class())) {
      field_class_ = c;
      refresh();
    }
  ImGui::EndCombo();
}

void CheckpointViews::draw_views(ImVec2 size) {
  probe_.reset();
  if (!evaluation_.found().truth) {
    if (evaluation_.busy() || busy())
      ImGui::TextDisabled("Reading volume %lld …", static_cast<long long>(evaluation_.volume()));
    return;
  }
  const bool has_answer = evaluation_.has_answer();
  if (mode_ == Mode::compare && !evaluation_.differences()) {
    ImGui::TextDisabled("%s", !evaluation_.second() ? "Choose what to compare with at the left, below."
                              : has_answer          ? "Waiting for the second one."
                                                    : "Run the network to compare.");
    size.y -= ImGui::GetTextLineHeightWithSpacing();
  }
  const float foot = 2 * ImGui::GetTextLineHeightWithSpacing();
  const ImVec2 room{size.x, std::max(size.y - foot, 6 * ImGui::GetFontSize())};
  if (mode_ == Mode::field) {
    draw_field(room);
  } else {
    mode_ == Mode::wipe&& has_answer ? views_.draw_wipe(room) : views_.draw_side(room);
    probe_ = views_.probe();
  }
  draw_hints();
  draw_probe();
}

void CheckpointViews::draw_field(ImVec2 size) {
  const auto& answer = evaluation_.found().first;
  if (answer && !answer->logits.empty()) {
    field_.draw(size, cat("Probability of class ", field_class(), ", volume ", evaluation_.volume()),
                views_.controls());
    probe_ = field_.probe();
    return;
  }
  ImGui::TextWrapped("%s", !answer ? "Run the network first: class probabilities are made from its logits."
                                   : cat("No probabilities: ", answer->no_logits, ".").c_str());
  ImGui::Dummy({0, size.y - ImGui::GetTextLineHeightWithSpacing() - ImGui::GetStyle().ItemSpacing.y});
}

void CheckpointViews::draw_hints() const {
  const char* text = " ";
  if (!evaluation_.has_answer())
    text = evaluation_.subject().is_prediction ? " " : "Enter runs the network on this volume";
  else if (mode_ == Mode::wipe)
    text = "drag the divider; Left and Right move it too";
  ImGui::TextDisabled("%s", text);
}

void CheckpointViews::draw_probe() const {
  const Comparison& found = evaluation_.found();
  const Index3 at = probe_.value_or(views_.controls().crosshair());
  for (std::size_t axis = 0; axis < 3; ++axis)
    if (at[axis] < 0 || at[axis] >= found.extent[axis]) return;
  const auto class_of = [&](const LabelVolume& volume) {
    return static_cast<int>(volume.at(at[0], at[1], at[2]));
  };
  std::string text = cat(probe_ ? "Mouse (" : "Crosshair (", at[0], ", ", at[1], ", ", at[2], "): truth ",
                         class_of(*found.truth));
  if (found.first) text += cat(found.second ? ", A " : ", predicted ", class_of(*found.first->classes));
  if (found.second) text += cat(", B ", class_of(*found.second->classes));
  if (const auto p = field_.at(at); p && mode_ == Mode::field)
    text += cat(", p(class ", field_class(), ") ", fixed(static_cast<double>(*p), 3));
  ImGui::TextUnformatted(text.c_str());
}

std::vector<Shortcut> CheckpointViews::shortcuts() {
  std::vector<Shortcut> all{
      {"F5", "Side by side", [this] { set_mode(Mode::side); }},
      {"F6", "Wipe", [this] { set_mode(Mode::wipe); }},
      {"F7", "Class probability", [this] { set_mode(Mode::field); }},
      {"F8", "Compare with a second one, B", [this] { set_mode(Mode::compare); }},
      {"<", "Wipe to the left", [this] { views_.wipe = std::max(0.02f, views_.wipe - 0.02f); }},
      {">", "Wipe to the right", [this] { views_.wipe = std::min(0.98f, views_.wipe + 0.02f); }}};
  for (auto& shortcut : views_.shortcuts()) all.push_back(std::move(shortcut));
  return all;
}

Properties CheckpointViews::properties() {
  Properties all;
  all.choice("mode", mode_names, mode_);
  all.then([this] { comparing_ |= mode_ == Mode::compare; });
  all.include(views_.properties());
  all.value("wipe", views_.wipe);
  all.then(
      [this] { views_.wipe = std::clamp(std::isfinite(views_.wipe) ? views_.wipe : 0.5f, 0.02f, 0.98f); });
  const auto add_side = [&](const char* key, auto* side) {
    all.add<std::string>(
        key, [side] { return *side; },
        [key, side](const std::string& layer) { *side = layer_names[index_of(key, layer, layer_names)]; });
  };
  add_side("wipe_left", &wipe_left_);
  add_side("wipe_right", &wipe_right_);
  all.add<std::optional<int>>(
      "field_class", [this] { return field_class_; },
      [this](std::optional<int> label) {
        if (label) label = std::clamp(*label, 0, std::max(0, classes_.classes() - 1));
        field_class_ = label;
      });
  all.add<decltype(TransferFunction::points)>(
      "transfer", [this] { return field_.transfer().points; },
      [this](decltype(TransferFunction::points) points) {
        TransferFunction transfer = field_.transfer();
        transfer.points = std::move(points);
        if (!transfer.sound())
          throw ConfigError("'transfer' is a list of [value, opacity] from value 0 to value 1");
        field_.set_transfer(transfer);
      });
  return all;
}

nlohmann::json CheckpointViews::found() const {
  nlohmann::json is = views_.controls().found();
  is["field_class"] = field_class();
  const Comparison& found = evaluation_.found();
  if (found.truth && views_.controls().extent() == found.extent)
    is["truth_at_crosshair"] = found.truth->at(views_.controls().crosshair());
  return is;
}

}  // namespace scaffold::viewer
