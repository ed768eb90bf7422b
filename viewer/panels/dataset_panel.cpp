#include "panels/dataset_panel.hpp"

#include <imgui.h>
#include <vtkRenderer.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "scene/slice.hpp"

namespace scaffold::viewer {
namespace {

const char* const axis_names = "DHW";

}  // namespace

DatasetPanel::DatasetPanel(const fs::path& folder, Context& context)
    : source_(folder), context_(context), scene_(view_.renderer()) {
  theme_changed();
  styles_ = source_.styles(own_colours_);
  scene_.set_axes(axes_);
  show_volume(0);
}

void DatasetPanel::show_volume(std::int64_t volume) {
  volume_ = std::clamp<std::int64_t>(volume, 0, source_.volumes() - 1);
  problem_.clear();
  try {
    const bool first = !labels_;
    labels_ = std::make_shared<LabelVolume>(source_.load(volume_, context_.memory_budget / 2));
    voxels_of_class_.assign(styles_.size(), 0);
    for (const auto label : labels_->labels) ++voxels_of_class_[label];
    if (first)
      for (std::size_t axis = 0; axis < 3; ++axis) crosshair_[axis] = labels_->extent[axis] / 2;
    scene_.show(labels_, styles_);
  } catch (const Error& error) {
    problem_ = error.what();
  }
  slice_stale_.fill(true);
  view_.view().touch();
}

void DatasetPanel::set_crosshair(const std::array<std::int64_t, 3>& voxel) {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const auto at = std::clamp<std::int64_t>(voxel[axis], 0, labels_ ? labels_->extent[axis] - 1 : 0);
    if (at != crosshair_[axis]) slice_stale_[axis] = true;
    crosshair_[axis] = at;
  }
}

void DatasetPanel::show_classes(const std::vector<int>& classes) {
  for (std::size_t c = 1; c < styles_.size(); ++c)
    styles_[c].visible = std::find(classes.begin(), classes.end(), static_cast<int>(c)) != classes.end();
  restyle();
}

void DatasetPanel::restyle() {
  scene_.set_styles(styles_);
  slice_stale_.fill(true);
  view_.view().touch();
}

/// "0:17 3:92 4:5": category and instance of each fractal.
std::string DatasetPanel::contents(std::int64_t volume) const {
  std::string text;
  for (const auto& fractal : source_.reader().index().plan.volumes[static_cast<std::size_t>(volume)])
    text += cat(text.empty() ? "" : "  ", fractal.category, ":", fractal.instance);
  return text;
}

void DatasetPanel::draw() {
  const float left = 19 * ImGui::GetFontSize();
  ImGui::BeginChild("left", {left, 0});
  draw_controls();
  draw_classes();
  draw_list();
  ImGui::EndChild();
  ImGui::SameLine();
  ImGui::BeginChild("right");
  if (!problem_.empty()) {
    ImGui::TextWrapped("%s", problem_.c_str());
  } else {
    const ImVec2 room = ImGui::GetContentRegionAvail();
    const float line = ImGui::GetTextLineHeightWithSpacing();
    const float slice = show_slices_ ? std::min((room.x - 2 * line) / 3, room.y * 0.36f) : 0;
    view_.draw("view", {room.x, room.y - (show_slices_ ? slice + 3.6f * line : 1.4f * line)}, context_);
    probe_.reset();
    if (show_slices_)
      for (int axis = 0; axis < 3; ++axis) {
        if (axis) ImGui::SameLine();
        draw_slice(axis, slice);
      }
    draw_probe();
  }
  ImGui::EndChild();
}

void DatasetPanel::draw_controls() {
  ImGui::TextUnformatted(title().c_str());
  ImGui::Separator();
  int as = static_cast<int>(scene_.representation());
  ImGui::SetNextItemWidth(-1);
  if (ImGui::Combo("##as", &as, "Voxel cubes\0Points\0Surfaces\0Ray casting\0")) {
    scene_.set_representation(static_cast<Representation>(as));
    view_.view().touch();
  }
  const std::pair<const char*, Direction> directions[] = {
      {"iso", Direction::iso}, {"D", Direction::x}, {"H", Direction::y}, {"W", Direction::z}};
  ImGui::TextUnformatted("From");
  for (const auto& [name, direction] : directions) {
    ImGui::SameLine();
    if (ImGui::SmallButton(name)) {
      scene_.look_from(direction);
      view_.view().touch();
    }
  }
  if (ImGui::Checkbox("Axes", &axes_)) {
    scene_.set_axes(axes_);
    view_.view().touch();
  }
  ImGui::SameLine();
  ImGui::Checkbox("Slices", &show_slices_);
  ImGui::SameLine();
  bool networks = !own_colours_;
  if (ImGui::Checkbox("Image colours", &networks)) {
    own_colours_ = !networks;
    const auto fresh = source_.styles(own_colours_);
    for (std::size_t c = 0; c < styles_.size(); ++c) styles_[c].colour = fresh[c].colour;
    restyle();
  }
}

void DatasetPanel::draw_classes() {
  ImGui::Separator();
  ImGui::TextUnformatted("Classes in this volume");
  bool changed = false;
  for (std::size_t c = 1; c < styles_.size(); ++c) {
    ClassStyle& style = styles_[c];
    ImGui::PushID(static_cast<int>(c));
    changed |= ImGui::Checkbox("##visible", &style.visible);
    ImGui::SameLine();
    changed |= ImGui::ColorEdit3("##colour", &style.colour.r,
                                 ImGuiColorEditFlags_NoInputs | ImGuiColorEditFlags_NoLabel);
    ImGui::SameLine();
    ImGui::SetNextItemWidth(4.5f * ImGui::GetFontSize());
    changed |= ImGui::SliderFloat("##opacity", &style.opacity, 0, 1, "%.2f");
    ImGui::SameLine();
    const auto voxels = voxels_of_class_.empty() ? 0 : voxels_of_class_[c];
    ImGui::Text("%zu  %lld vox", c, static_cast<long long>(voxels));
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", style.name.c_str());
    ImGui::PopID();
  }
  if (changed) restyle();
}

void DatasetPanel::draw_list() {
  ImGui::Separator();
  int split = static_cast<int>(split_);
  ImGui::SetNextItemWidth(8 * ImGui::GetFontSize());
  if (ImGui::Combo("##split", &split, "All\0Training\0Validation\0")) split_ = static_cast<Split>(split);
  ImGui::SameLine();
  std::string names = std::string("Any category") + '\0';
  for (std::size_t c = 1; c < styles_.size(); ++c) names += styles_[c].name + '\0';
  ImGui::SetNextItemWidth(-1);
  ImGui::Combo("##category", &category_, names.c_str());

  if (!ImGui::BeginTable("volumes", 3,
                         ImGuiTableFlags_ScrollY | ImGuiTableFlags_RowBg | ImGuiTableFlags_SizingFixedFit))
    return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("No");
  ImGui::TableSetupColumn("Split");
  ImGui::TableSetupColumn("Category:instance");
  ImGui::TableHeadersRow();
  for (std::int64_t v = 0; v < source_.volumes(); ++v) {
    const bool training = source_.is_training(v);
    if (split_ != Split::all && training != (split_ == Split::training)) continue;
    const auto& fractals = source_.reader().index().plan.volumes[static_cast<std::size_t>(v)];
    if (category_ > 0 && std::none_of(fractals.begin(), fractals.end(),
                                      [&](const auto& f) { return f.category == category_ - 1; }))
      continue;
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    if (ImGui::Selectable(cat(v).c_str(), v == volume_, ImGuiSelectableFlags_SpanAllColumns)) show_volume(v);
    ImGui::TableNextColumn();
    ImGui::TextUnformatted(training ? "train" : "valid");
    ImGui::TableNextColumn();
    ImGui::TextUnformatted(contents(v).c_str());
  }
  ImGui::EndTable();
}

void DatasetPanel::draw_slice(int axis, float size) {
  const auto a = static_cast<std::size_t>(axis);
  ImGui::BeginGroup();
  ImGui::PushID(axis);
  if (slice_stale_[a]) {
    const SlicePicture picture = slice(*labels_, axis, crosshair_[a], styles_, context_.theme.empty);
    slices_[a].upload(picture.width, picture.height, picture.rgba);
    slice_stale_[a] = false;
  }
  const auto [down, right] = plane_axes(axis);
  const auto rows = static_cast<float>(labels_->extent[static_cast<std::size_t>(down)]),
             columns = static_cast<float>(labels_->extent[static_cast<std::size_t>(right)]);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::Image(texture_id(slices_[a].handle()), {size, size});
  if (ImGui::IsItemHovered()) {
    const ImVec2 mouse = ImGui::GetMousePos();
    const auto voxel =
        voxel_of(axis, crosshair_[a], static_cast<std::int64_t>((mouse.x - at.x) / size * columns),
                 static_cast<std::int64_t>((mouse.y - at.y) / size * rows));
    probe_ = voxel;
    if (ImGui::IsMouseDown(ImGuiMouseButton_Left)) set_crosshair(voxel);
    if (const float wheel = ImGui::GetIO().MouseWheel; wheel != 0) {
      auto moved = crosshair_;
      moved[a] += wheel > 0 ? 1 : -1;
      set_crosshair(moved);
    }
  }
  auto* draw = ImGui::GetWindowDrawList();
  const float x =
      at.x + (static_cast<float>(crosshair_[static_cast<std::size_t>(right)]) + 0.5f) / columns * size;
  const float y =
      at.y + (static_cast<float>(crosshair_[static_cast<std::size_t>(down)]) + 0.5f) / rows * size;
  const ImU32 line = IM_COL32(255, 255, 255, 90);
  draw->AddLine({x, at.y}, {x, at.y + size}, line);
  draw->AddLine({at.x, y}, {at.x + size, y}, line);
  int index = static_cast<int>(crosshair_[a]);
  ImGui::SetNextItemWidth(size);
  if (ImGui::SliderInt("##index", &index, 0, static_cast<int>(labels_->extent[a]) - 1,
                       cat(axis_names[a], " = %d").c_str())) {
    auto moved = crosshair_;
    moved[a] = index;
    set_crosshair(moved);
  }
  ImGui::PopID();
  ImGui::EndGroup();
}

void DatasetPanel::draw_probe() const {
  const auto at = probe_.value_or(crosshair_);
  const std::uint8_t label = labels_->at(at[0], at[1], at[2]);
  ImGui::Text("%s (%lld, %lld, %lld): class %d, %s%s", probe_ ? "Under the mouse" : "Crosshair",
              static_cast<long long>(at[0] * labels_->step), static_cast<long long>(at[1] * labels_->step),
              static_cast<long long>(at[2] * labels_->step), label, styles_[label].name.c_str(),
              labels_->step > 1 ? cat(" (reduced ", labels_->step, " times)").c_str() : "");
}

std::vector<Shortcut> DatasetPanel::shortcuts() {
  std::vector<Shortcut> all{{"n Right", "Next volume", [this] { show_volume(volume_ + 1); }},
                            {"p Left", "Previous volume", [this] { show_volume(volume_ - 1); }},
                            {"s", "Slices on and off", [this] { show_slices_ = !show_slices_; }}};
  return all;
}

nlohmann::json DatasetPanel::state() const { return {{"volume", volume_}}; }

void DatasetPanel::restore(const nlohmann::json& state) {
  auto volume = volume_;
  take(state, "volume", volume);
  if (volume != volume_) show_volume(volume);
}

void DatasetPanel::theme_changed() {
  const Rgb c = context_.theme.scene;
  view_.renderer()->SetBackground(c.r, c.g, c.b);
  slice_stale_.fill(true);
  view_.view().touch();
}

}  // namespace scaffold::viewer
