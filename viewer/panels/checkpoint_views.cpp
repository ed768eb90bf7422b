// The right side of the checkpoint panel: the pictures.
#include <imgui.h>
#include <vtkCamera.h>
#include <vtkRenderer.h>

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "panels/checkpoint_panel.hpp"
#include "ui/transfer_editor.hpp"

namespace scaffold::viewer {
namespace {

/// Continues the line where `width` still fits.
void same_line_if_room(float width) {
  ImGui::SameLine();
  if (ImGui::GetContentRegionAvail().x < width) ImGui::NewLine();
}

float button_width(const char* text) {
  return ImGui::CalcTextSize(text).x + 2 * ImGui::GetStyle().FramePadding.x;
}

}  // namespace

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
    int as = static_cast<int>(views_.representation());
    ImGui::SetNextItemWidth(8 * em);
    if (ImGui::Combo("##as", &as, "Voxel cubes\0Points\0Surfaces\0Ray casting\0"))
      views_.set_representation(static_cast<Representation>(as));
    context_.tags.mark("as");
  }
  same_line_if_room(11 * em);
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted("From");
  for (const auto& [name, direction] :
       {std::pair("iso", Direction::iso), {"D", Direction::x}, {"H", Direction::y}, {"W", Direction::z}}) {
    ImGui::SameLine(0, 0.3f * em);
    ImGui::PushID(name);
    if (ImGui::Button(name)) {
      views_.look_from(direction);
      field_view_.view().touch();
    }
    ImGui::PopID();
    context_.tags.mark(cat("from-", name));
  }
  same_line_if_room(4.5f * em);
  bool axes = views_.axes();
  if (ImGui::Checkbox("Axes", &axes)) views_.set_axes(axes);
  context_.tags.mark("axes");
  if (mode_ == Mode::side || mode_ == Mode::compare) {
    same_line_if_room(10 * em);
    ImGui::AlignTextToFramePadding();
    ImGui::TextUnformatted("Slices across");
    for (int axis = 0; axis < 3; ++axis) {
      ImGui::SameLine(0, 0.3f * em);
      ImGui::PushID(axis);
      if (ImGui::RadioButton(std::string(1, "DHW"[axis]).c_str(), views_.slice_axis == axis))
        views_.slice_axis = axis;
      ImGui::PopID();
      context_.tags.mark(cat("slice-axis-", axis));
    }
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
    const bool open = ImGui::BeginCombo("##class", label(field_class_).c_str());
    context_.tags.mark("field-class");
    if (open) {
      for (int c = 0; c < static_cast<int>(styles_.size()); ++c)
        if (ImGui::Selectable(label(c).c_str(), c == field_class_)) {
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
  draw_legend();
  draw_probe();
}

void CheckpointPanel::draw_field(ImVec2 size) {
  if (field_.empty()) {
    ImGui::TextWrapped("%s", !has_answer()
                                 ? "Run the network first: class probabilities are made from its logits."
                                 : cat("No probabilities: ", found_.first->no_logits, ".").c_str());
    ImGui::Dummy({0, size.y - ImGui::GetTextLineHeightWithSpacing() - ImGui::GetStyle().ItemSpacing.y});
    return;
  }
  const float em = ImGui::GetFontSize(), gap = ImGui::GetStyle().ItemSpacing.x,
              line = ImGui::GetFrameHeightWithSpacing();
  const float edge = std::floor(std::min((size.x - 3 * gap) / 4.4f, 0.36f * size.y));
  ImGui::TextUnformatted(cat("Probability of class ", field_class_, ", volume ", volume_).c_str());
  const float title = ImGui::GetTextLineHeightWithSpacing();
  const ImVec2 view{size.x, size.y - title - edge - line - 2 * ImGui::GetStyle().ItemSpacing.y};
  views_.fit(view.x, view.y);
  if (field_view_.draw("view-field", view, context_)) views_.camera_moved();
  Voxel crosshair = views_.crosshair();
  for (int axis = 0; axis < 3; ++axis) {
    const auto a = static_cast<std::size_t>(axis);
    if (field_stale_[a]) {
      const SlicePicture picture = field_slice(field_, found_.extent, axis, crosshair[a]);
      field_slices_[a].upload(picture.width, picture.height, picture.rgba);
      field_stale_[a] = false;
    }
    if (axis > 0) ImGui::SameLine(0, gap);
    ImGui::BeginGroup();
    if (const auto under = draw_plane(cat("slice-", axis), axis, edge, found_.extent, crosshair,
                                      field_slices_[a].handle(), 0, 1, context_))
      probe_ = under;
    ImGui::EndGroup();
  }
  for (std::size_t axis = 0; axis < 3; ++axis)
    if (crosshair[axis] != views_.crosshair()[axis]) field_stale_[axis] = true;
  views_.set_crosshair(crosshair);
  ImGui::SameLine(0, gap);
  ImGui::BeginGroup();
  const float wide = ImGui::GetContentRegionAvail().x;
  if (edit_transfer(transfer_, histogram_,
                    {wide, edge + ImGui::GetFrameHeight() - 2 * ImGui::GetTextLineHeightWithSpacing()},
                    context_)) {
    field_scene_.set_transfer(transfer_);
    field_view_.view().touch();
  }
  const ImVec2 below = ImGui::GetCursorScreenPos();
  const ImU32 faint = context_.theme.u32(context_.theme.faint);
  auto* draw = ImGui::GetWindowDrawList();
  for (const auto& [text, place] : {std::pair("0", 0.f), {"probability", 0.5f}, {"1", 1.f}})
    draw->AddText({below.x + place * (wide - ImGui::CalcTextSize(text).x), below.y}, faint, text);
  ImGui::Dummy({wide, ImGui::GetTextLineHeight()});
  ImGui::TextDisabled("%s", wide > 17 * em ? "↑ opacity: click adds a point, drag" : "↑ opacity");
  ImGui::EndGroup();
}

void CheckpointPanel::draw_legend() const {
  const float em = ImGui::GetFontSize();
  auto* draw = ImGui::GetWindowDrawList();
  const auto entry = [&](Rgb colour, const std::string& text) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float top = at.y + (ImGui::GetTextLineHeight() - 0.75f * em) / 2;
    draw->AddRectFilled({at.x, top}, {at.x + 0.75f * em, top + 0.75f * em}, context_.theme.u32(colour), 2);
    ImGui::Dummy({0.9f * em, 0});
    ImGui::SameLine(0, 0.2f * em);
    ImGui::TextUnformatted(text.c_str());
    ImGui::SameLine(0, em);
  };
  if (!has_answer()) {
    ImGui::TextDisabled(subject_->is_prediction ? " " : "Enter runs the network on this volume");
    return;
  }
  if (mode_ == Mode::field) {
    ImGui::NewLine();
    return;
  }
  const bool differs = mode_ == Mode::compare && differences_;
  const auto styles = differs ? difference_styles() : error_styles();
  const auto& counts = differs ? difference_counts_ : found_.first->error_counts;
  const bool shown = mode_ != Mode::wipe || wipe_left_ == "error" || wipe_right_ == "error";
  for (std::size_t e = 1; shown && e < styles.size(); ++e)
    entry(styles[e].colour, cat(styles[e].name, " ", counts[e]));
  if (cell_)
    entry(context_.theme.dark ? Rgb{1, 1, 1} : Rgb{0.75f, 0, 0.45f},
          cat("truth ", (*cell_)[0], ", predicted ", (*cell_)[1]));
  if (!shown)
    ImGui::TextDisabled("drag the divider; Left and Right move it too");
  else
    ImGui::NewLine();
}

void CheckpointPanel::draw_probe() const {
  const Voxel at = probe_.value_or(views_.crosshair());
  for (std::size_t axis = 0; axis < 3; ++axis)
    if (at[axis] < 0 || at[axis] >= found_.extent[axis]) return;
  const auto class_of = [&](const LabelVolume& volume) {
    return static_cast<int>(volume.at(at[0], at[1], at[2]));
  };
  std::string text = cat(probe_ ? "Mouse (" : "Crosshair (", at[0], ", ", at[1], ", ", at[2], "): truth ",
                         class_of(*found_.truth));
  if (found_.first) text += cat(found_.second ? ", A " : ", predicted ", class_of(*found_.first->classes));
  if (found_.second) text += cat(", B ", class_of(*found_.second->classes));
  if (mode_ == Mode::field && !field_.empty())
    text += cat(", p(class ", field_class_, ") ",
                fixed(static_cast<double>(field_[static_cast<std::size_t>(
                          (at[0] * found_.extent[1] + at[1]) * found_.extent[2] + at[2])]),
                      3));
  ImGui::TextUnformatted(text.c_str());
}

}  // namespace scaffold::viewer
