// The right side of the checkpoint panel: the pictures.
#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "panels/checkpoint_panel.hpp"
#include "ui/flow.hpp"

namespace scaffold::viewer {
void CheckpointPanel::draw_toolbar() {
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
void CheckpointPanel::draw_mode_choices() {
  const float em = ImGui::GetFontSize();
  if (mode_ == Mode::side || mode_ == Mode::compare) {
    same_line_if_room(10 * em);
    views_.draw_slice_choice();
  } else if (mode_ == Mode::wipe) {
    same_line_if_room(17 * em);
    for (auto* side : {&wipe_left_, &wipe_right_}) {
      ImGui::PushID(side);
      ImGui::SetNextItemWidth(7.5f * em);
      const bool open = ImGui::BeginCombo("##layer", (*side == "second" ? "B" : *side).c_str());
      context_.tags.mark(side == &wipe_left_ ? "wipe-left" : "wipe-right");
      if (open) {
        for (const char* what : {"prediction", "truth", "error", "second"})
          if ((std::string(what) != "second" || found_.second) &&
              ImGui::Selectable(std::string(what) == "second" ? "B" : what, *side == what)) {
            *side = what;
            refresh();
          }
        ImGui::EndCombo();
      }
      ImGui::PopID();
      if (side == &wipe_left_) ImGui::SameLine(0, 0.3f * em);
    }
  } else if (mode_ == Mode::field && !styles_.empty()) {
    same_line_if_room(14 * em);
    ImGui::SetNextItemWidth(13 * em);
    const auto label = [&](int c) {
      return cat("class ", c, ": ", styles_[static_cast<std::size_t>(c)].name);
    };
    const bool open = ImGui::BeginCombo("##class", label(field_class()).c_str());
    context_.tags.mark("field-class");
    if (open) {
      for (int c = 0; c < static_cast<int>(styles_.size()); ++c)
        if (ImGui::Selectable(label(c).c_str(), c == field_class())) {
          field_class_ = c;
          refresh_field();
        }
      ImGui::EndCombo();
    }
  }
}

void CheckpointPanel::draw_views(ImVec2 size) {
  probe_.reset();
  if (!found_.truth) {
    if (busy()) ImGui::TextDisabled("Reading volume %lld …", static_cast<long long>(volume_));
    return;
  }
  if (mode_ == Mode::compare && !differences_) {
    ImGui::TextDisabled("%s", !second_       ? "Choose what to compare with at the left, below."
                              : has_answer() ? "Waiting for the second one."
                                             : "Run the network to compare.");
    size.y -= ImGui::GetTextLineHeightWithSpacing();
  }
  const float foot = 2 * ImGui::GetTextLineHeightWithSpacing();
  const ImVec2 room{size.x, std::max(size.y - foot, 6 * ImGui::GetFontSize())};
  if (mode_ == Mode::field) {
    draw_field(room);
  } else if (mode_ == Mode::wipe && has_answer()) {
    views_.draw_wipe(room);
    probe_ = views_.probe();
  } else {
    views_.draw_side(room);
    probe_ = views_.probe();
  }
  draw_hints();
  draw_probe();
}

void CheckpointPanel::draw_field(ImVec2 size) {
  if (has_answer() && !found_.first->logits.empty()) {
    field_.draw(size, cat("Probability of class ", field_class(), ", volume ", volume_), views_.controls());
    probe_ = field_.probe();
    return;
  }
  ImGui::TextWrapped("%s", !has_answer()
                               ? "Run the network first: class probabilities are made from its logits."
                               : cat("No probabilities: ", found_.first->no_logits, ".").c_str());
  ImGui::Dummy({0, size.y - ImGui::GetTextLineHeightWithSpacing() - ImGui::GetStyle().ItemSpacing.y});
}

void CheckpointPanel::draw_hints() const {
  std::string text = " ";
  if (!has_answer())
    text = subject_->is_prediction ? " " : "Enter runs the network on this volume";
  else if (mode_ == Mode::wipe)
    text = "drag the divider; Left and Right move it too";
  ImGui::TextDisabled("%s", text.c_str());
}

void CheckpointPanel::draw_probe() const {
  const Index3 at = probe_.value_or(views_.controls().crosshair());
  for (std::size_t axis = 0; axis < 3; ++axis)
    if (at[axis] < 0 || at[axis] >= found_.extent[axis]) return;
  const auto class_of = [&](const LabelVolume& volume) {
    return static_cast<int>(volume.at(at[0], at[1], at[2]));
  };
  std::string text = cat(probe_ ? "Mouse (" : "Crosshair (", at[0], ", ", at[1], ", ", at[2], "): truth ",
                         class_of(*found_.truth));
  if (found_.first) text += cat(found_.second ? ", A " : ", predicted ", class_of(*found_.first->classes));
  if (found_.second) text += cat(", B ", class_of(*found_.second->classes));
  if (const auto p = field_.at(at); p && mode_ == Mode::field)
    text += cat(", p(class ", field_class(), ") ", fixed(static_cast<double>(*p), 3));
  ImGui::TextUnformatted(text.c_str());
}

}  // namespace scaffold::viewer
