#include "panels/fractal_unet/dataset_panel.hpp"

#include <imgui.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "ui/flow.hpp"

namespace scaffold::viewer {

DatasetPanel::DatasetPanel(const fs::path& folder, Context& context)
    : source_(std::make_shared<DatasetSource>(folder)),
      context_(context),
      view_(context),
      classes_(
          *source_, [this] { restyle(); }, context),
      origins_(source_, context),
      shards_(
          source_->reader().info().extents[0], source_->reader().layout().shards(),
          [this](const auto& boxes) { view_.set_boxes(boxes); }, context),
      statistics_(source_, context),
      choice_(*source_, context) {
  const std::int64_t edge = source_->reader().info().extents[0];
  view_.controls().set_extent({edge, edge, edge});
  if (!source_->lost().empty()) context_.complain(source_->lost());
  show_volume(0);
  properties_ = declare();
}

void DatasetPanel::show_volume(std::int64_t volume) {
  volume_ = std::clamp<std::int64_t>(volume, 0, source_->volumes() - 1);
  loading_.start(
      [source = source_, number = volume_,
       budget = context_.memory_budget / 2](const ProgressTold& progress) {
        LoadedVolume found = source->load(number, budget, progress);
        return Loaded{std::make_shared<LabelVolume>(std::move(found.labels)), std::move(found.voxels)};
      },
      context_.wake);
}

void DatasetPanel::poll() {
  try {
    if (auto loaded = loading_.take()) {
      problem_.clear();
      take_volume(std::move(*loaded));
    }
  } catch (const std::exception& error) {
    problem_ = error.what();
    // Those of the volume before.
    voxels_of_class_.clear();
    origins_.clear();
  }
  origins_.poll();
  statistics_.poll();
}

void DatasetPanel::take_volume(Loaded loaded) {
  labels_ = std::move(loaded.labels);
  voxels_of_class_ = std::move(loaded.voxels_of_class);
  view_.show(labels_, classes_.styles());
  planes_.show(labels_, classes_.styles());
  origins_.show(volume_);
  shards_.apply();
}

bool DatasetPanel::busy() const {
  return loading_.busy() || origins_.busy() || statistics_.busy() || view_.busy();
}

void DatasetPanel::restyle() {
  view_.set_styles(classes_.styles());
  planes_.set_styles(classes_.styles());
}

void DatasetPanel::step_volume(int by) {
  const auto to = choice_.list().step(volume_, by);
  if (!to) return;
  choice_.list().scroll_to_chosen();
  show_volume(*to);
}

void DatasetPanel::draw() {
  poll();
  const float em = ImGui::GetFontSize();
  ImGui::BeginChild("left", {19 * em, 0});
  draw_left();
  ImGui::EndChild();
  ImGui::SameLine();
  ImGui::BeginChild("right", {0, 0}, false,
                    ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
  if (!problem_.empty()) {
    ImGui::TextColored(vec4(context_.theme.bad), "Volume %lld cannot be shown",
                       static_cast<long long>(volume_));
    ImGui::TextWrapped("%s", problem_.c_str());
  } else if (!labels_) {
    ImGui::TextDisabled("reading volume %lld… %.0f %%", static_cast<long long>(volume_),
                        100 * loading_.progress());
  } else {
    draw_views();
    draw_probe();
  }
  ImGui::EndChild();
}

void DatasetPanel::draw_left() {
  const float em = ImGui::GetFontSize();
  const float list = std::max(10 * em, ImGui::GetContentRegionAvail().y * 0.38f);
  ImGui::BeginChild("above", {0, -list});
  ViewControls& controls = view_.controls();
  controls.draw_representation(-1);
  controls.draw_directions();
  ImGui::SameLine();
  ImGui::Checkbox("slices", &show_slices_);
  context_.tags.mark("slices");
  controls.draw_switches();
  controls.draw_clip();
  if (ImGui::CollapsingHeader("Classes", ImGuiTreeNodeFlags_DefaultOpen)) classes_.draw(voxels_of_class_);
  if (ImGui::CollapsingHeader("Fractals in this volume")) origins_.draw(volume_, classes_.styles());
  context_.tags.mark("fractals");
  if (ImGui::CollapsingHeader("Shards")) shards_.draw();
  context_.tags.mark("shards");
  const bool unfolded = ImGui::CollapsingHeader("All volumes");
  context_.tags.mark("statistics");
  if (unfolded) statistics_.draw(classes_.styles());
  ImGui::EndChild();
  ImGui::Separator();
  if (const auto chosen = choice_.draw(volume_)) show_volume(*chosen);
}

/// The slices stand where they leave the 3D view most room: beside it in a wide window, below it in a high
/// one.
void DatasetPanel::draw_views() {
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const ImVec2 gap = ImGui::GetStyle().ItemSpacing;
  const float text = 2 * ImGui::GetTextLineHeightWithSpacing() + gap.y, slider = plane_height(0);
  const bool beside = room.x > 1.1f * room.y;
  const float height = room.y - text;
  ViewControls& controls = view_.controls();
  under_.reset();
  if (!show_slices_) {
    view_.draw("view", {room.x, height});
  } else {
    const float edge = beside ? std::min((height - 2 * gap.y) / 3 - slider, 0.4f * room.x)
                              : std::min((room.x - 2 * gap.x) / 3, 0.36f * height);
    view_.draw("view", beside ? ImVec2{room.x - edge - gap.x, height}
                              : ImVec2{room.x, height - edge - slider - gap.y});
    if (beside) ImGui::SameLine();
    ImGui::BeginGroup();
    Place place{controls.extent(), controls.crosshair(), labels_->step};
    const auto picture = [&](int axis) {
      return PlanePicture{planes_.get(axis, place.crosshair, context_.theme.empty)};
    };
    under_ =
        draw_planes("slice", edge, beside ? std::nullopt : std::optional(gap.x), place, picture, context_);
    if (place.crosshair != controls.crosshair()) controls.set_crosshair(place.crosshair);
    ImGui::EndGroup();
  }
  if (view_.clicked()) controls.set_crosshair(*view_.clicked());
}

std::string DatasetPanel::probe_text(const Index3& at) const {
  Index3 small = at;
  for (auto& i : small) i /= labels_->step;
  const std::uint8_t label = labels_->at(small);
  std::string text = cat("voxel (", at[0], ", ", at[1], ", ", at[2], ")   class ", static_cast<int>(label),
                         ", ", label < classes_.styles().size() ? classes_.styles()[label].name : "?");
  if (labels_->step > 1) text += cat(" (of ", labels_->step, "³ voxels)");
  return text;
}

/// Read from the file, once a voxel.
const std::string& DatasetPanel::image_text(const Index3& at) {
  if (image_at_ == std::pair(at, volume_)) return image_text_;
  image_at_ = {at, volume_};
  try {
    const auto channels = source_->reader().peek_image(volume_, {at[0], at[1], at[2]});
    image_text_ = "image (";
    for (std::size_t c = 0; c < 3; ++c)
      image_text_ += cat(c ? ", " : "", fixed(static_cast<double>(channels[c]), 3));
    image_text_ += ")";
  } catch (const Error&) {
    image_text_ = "image cannot be read";
  }
  return image_text_;
}

/// Two lines: where and what; the image's channels and which instance wrote it.
void DatasetPanel::draw_probe() {
  if (loading_.busy()) {  // what is drawn is the volume before
    ImGui::TextDisabled("reading volume %lld…\n ", static_cast<long long>(volume_));
    return;
  }
  const std::optional<Index3> under = view_.probe() ? view_.probe() : under_;
  const Index3 at = under.value_or(view_.controls().crosshair());
  line_within(cat(under ? "mouse: " : "crosshair: ", probe_text(at)), ImGui::GetContentRegionAvail().x);
  const std::string second = image_text(at) + origins_.writers(volume_, at);
  ImGui::PushStyleColor(ImGuiCol_Text, ImGui::GetStyleColorVec4(ImGuiCol_TextDisabled));
  line_within(second, ImGui::GetContentRegionAvail().x);
  ImGui::PopStyleColor();
}

std::vector<Shortcut> DatasetPanel::shortcuts() {
  std::vector<Shortcut> all{
      {"n PageDown Right", "Next volume of the list", [this] { step_volume(1); }},
      {"p PageUp Left", "Previous volume of the list", [this] { step_volume(-1); }},
      {"g", "Next category in the list's filter", [this] { choice_.next_category(); }},
      {"v", "Training, validation, all", [this] { choice_.next_split(); }},
      {"h", "Hide or show the slices", [this] { show_slices_ = !show_slices_; }},
      {"d", "Slices: up and down go across the next axis", [this] { slice_axis_ = (slice_axis_ + 1) % 3; }},
      {"Down", "Next slice", [this] { step_slice(1); }},
      {"Up", "Previous slice", [this] { step_slice(-1); }},
      {"b", "Shard boxes", [this] { shards_.toggle(); }},
      {"i", "Colors of the image, or of the classes", [this] { classes_.toggle_colors(); }}};
  for (auto& shortcut : view_.controls().shortcuts()) all.push_back(std::move(shortcut));
  return all;
}

void DatasetPanel::step_slice(int by) {
  Index3 to = view_.controls().crosshair();
  to[slice_axis_] += by;
  view_.controls().set_crosshair(to);
}

Properties DatasetPanel::declare() {
  Properties all;
  all.add<std::int64_t>(
      "volume", [this] { return volume_; },
      [this](std::int64_t volume) {
        if (volume < 0 || volume >= source_->volumes())
          throw ConfigError(
              cat("volume ", volume, ": the dataset has volumes 0 to ", source_->volumes() - 1));
        if (volume == volume_) return;
        choice_.list().scroll_to_chosen();
        show_volume(volume);
      });
  all.value("slices", show_slices_);
  for (const auto& part : {classes_.properties(), choice_.properties(), statistics_.properties(),
                           view_.controls().properties(), shards_.properties()})
    all.include(part);
  return all;
}

nlohmann::json DatasetPanel::found() const {
  nlohmann::json is = view_.found();
  is["volumes"] = source_->volumes();
  is["voxels_of_class"] = voxels_of_class_;
  is["problem"] = problem_;
  if (view_.probe()) is["probe"] = *view_.probe();
  if (labels_) {
    Index3 at = view_.controls().crosshair();
    for (auto& i : at) i /= labels_->step;
    is["class_at_crosshair"] = labels_->at(at);
  }
  origins_.tell(is, view_.controls().crosshair());
  if (auto statistics = statistics_.found(); !statistics.is_null()) is["statistics"] = std::move(statistics);
  return is;
}

void DatasetPanel::theme_changed() {
  view_.controls().theme_changed();
  planes_.repaint();
}

}  // namespace scaffold::viewer
