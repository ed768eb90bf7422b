#include "panels/fractal_unet/dataset_panel.hpp"

#include <imgui.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "ui/flow.hpp"

namespace scaffold::viewer {
namespace {

// Beyond this edge the fractals of a volume are made again only when asked for.
constexpr std::int64_t edge_of_quick_origins = 512;
constexpr std::int64_t max_shards = 512;   // with a text each
constexpr std::int64_t max_spelt_out = 8;  // beyond, numbers alone
constexpr const char* split_names[] = {"all", "training", "validation"};

}  // namespace

DatasetPanel::DatasetPanel(const fs::path& folder, Context& context)
    : source_(std::make_shared<DatasetSource>(folder)), context_(context), view_(context) {
  styles_ = source_->styles(own_colors_);
  const auto stored = source_->reader().layout().shards();
  for (std::size_t axis = 0; axis < 3; ++axis) shards_[axis] = static_cast<int>(stored[axis]);
  const std::int64_t edge = source_->reader().info().extents[0];
  view_.controls().set_extent({edge, edge, edge});
  list();
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
        return Loaded{number, std::make_shared<LabelVolume>(std::move(found.labels)),
                      std::move(found.voxels)};
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
    origins_.reset();
  }
  try {
    if (auto origins = originating_.take()) origins_ = std::move(origins);
  } catch (const std::exception& error) {
    context_.complain(error.what());
  }
  try {
    if (auto statistics = counting_.take()) statistics_ = std::move(statistics);
  } catch (const std::exception& error) {
    context_.complain(error.what());
  }
}

void DatasetPanel::take_volume(Loaded loaded) {
  labels_ = std::move(loaded.labels);
  voxels_of_class_ = std::move(loaded.voxels_of_class);
  view_.show(labels_, styles_);
  planes_.show(labels_, styles_);
  origins_.reset();
  if (source_->reader().info().extents[0] <= edge_of_quick_origins) find_origins();
  apply_shards();
}

void DatasetPanel::find_origins() {
  originating_.start(
      [source = source_, number = volume_](const ProgressTold&) {
        return Originated{number, source->origins(number)};
      },
      context_.wake);
}

void DatasetPanel::count_all() {
  counting_.start([source = source_](const ProgressTold& progress) { return source->statistics(progress); },
                  context_.wake);
}

bool DatasetPanel::busy() const {
  return loading_.busy() || originating_.busy() || counting_.busy() || view_.busy();
}

void DatasetPanel::show_classes(const std::vector<int>& classes) {
  for (const int c : classes)
    if (c < 1 || c >= static_cast<int>(styles_.size()))
      throw ConfigError(cat("class ", c, ": the dataset has classes 1 to ", styles_.size() - 1));
  for (std::size_t c = 1; c < styles_.size(); ++c)
    styles_[c].visible = std::find(classes.begin(), classes.end(), static_cast<int>(c)) != classes.end();
  restyle();
}

void DatasetPanel::restyle() {
  view_.set_styles(styles_);
  planes_.set_styles(styles_);
}

void DatasetPanel::recolor() {
  const auto fresh = source_->styles(own_colors_);
  for (std::size_t c = 0; c < styles_.size(); ++c) styles_[c].color = fresh[c].color;
  restyle();
}

bool DatasetPanel::listed(std::int64_t volume) const {
  if (split_ != Split::all && source_->is_training(volume) != (split_ == Split::training)) return false;
  const auto& fractals = source_->fractals(volume);
  return category_ == 0 || std::any_of(fractals.begin(), fractals.end(),
                                       [&](const auto& f) { return f.category == category_ - 1; });
}

/// After a change of the filter.
void DatasetPanel::list() {
  std::vector<std::int64_t> volumes;
  for (std::int64_t v = 0; v < source_->volumes(); ++v)
    if (listed(v)) volumes.push_back(v);
  list_.set_volumes(std::move(volumes));
}

void DatasetPanel::step_volume(int by) {
  const auto to = list_.step(volume_, by);
  if (!to) return;
  list_.scroll_to_chosen();
  show_volume(*to);
}

void DatasetPanel::apply_shards() {
  shards_problem_.clear();
  std::vector<LabeledBox> boxes;
  try {
    if (show_shards_) {
      const ShardLayout layout(cube(source_->reader().info().extents[0]),
                               {shards_[0], shards_[1], shards_[2]}, {2, 3, 4});
      if (layout.count() > max_shards)
        throw ConfigError(cat(layout.count(), " shards are too many to draw; up to ", max_shards, " are"));
      std::int64_t rank = 0;
      for (const Block& block : layout.blocks()) {
        Index3 end = block.begin;
        for (std::size_t axis = 0; axis < 3; ++axis) end[axis] += block.size[axis];
        boxes.push_back({block.begin, end, cat(layout.count() > max_spelt_out ? "" : "rank ", rank++)});
      }
    }
  } catch (const Error& error) {
    shards_problem_ = error.what();
  }
  view_.set_boxes(boxes);
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
                         ", ", label < styles_.size() ? styles_[label].name : "?");
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
  std::string second = image_text(at);
  if (origins_ && origins_->volume == volume_) {
    const auto writers = origins_->origins.all(at);
    for (std::size_t i = writers.size(); i-- > 0;) {
      const auto& f = origins_->origins.fractals[writers[i]];
      second += cat(i + 1 == writers.size() ? "   written by category " : ", over category ", f.category,
                    " instance ", f.instance);
    }
  }
  ImGui::PushStyleColor(ImGuiCol_Text, ImGui::GetStyleColorVec4(ImGuiCol_TextDisabled));
  line_within(second, ImGui::GetContentRegionAvail().x);
  ImGui::PopStyleColor();
}

std::vector<Shortcut> DatasetPanel::shortcuts() {
  std::vector<Shortcut> all{{"n Right", "Next volume of the list", [this] { step_volume(1); }},
                            {"p Left", "Previous volume of the list", [this] { step_volume(-1); }},
                            {"g", "Next category in the list's filter",
                             [this] {
                               category_ = (category_ + 1) % static_cast<int>(styles_.size());
                               list();
                             }},
                            {"v", "Training, validation, all",
                             [this] {
                               split_ = static_cast<Split>((static_cast<int>(split_) + 1) % 3);
                               list();
                             }},
                            {"s", "Slices on and off", [this] { show_slices_ = !show_slices_; }},
                            {"b", "Shard boxes",
                             [this] {
                               show_shards_ = !show_shards_;
                               apply_shards();
                             }},
                            {"i", "Colors of the image, or of the classes", [this] {
                               own_colors_ = !own_colors_;
                               recolor();
                             }}};
  for (auto& shortcut : view_.controls().shortcuts()) all.push_back(std::move(shortcut));
  return all;
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
        list_.scroll_to_chosen();
        show_volume(volume);
      });
  all.value("slices", show_slices_);
  all.add<bool>(
      "image_colours", [this] { return !own_colors_; },
      [this](bool image) {
        own_colors_ = !image;
        recolor();
      });
  declare_classes(all);
  all.choice("split", split_names, split_);
  all.value("category", category_);
  all.then([this] {
    category_ = std::clamp(category_, 0, static_cast<int>(styles_.size()) - 1);
    list();
  });
  all.add<bool>(
      "statistics", [this] { return statistics_ || counting_.busy(); },
      [this](bool count) {
        if (count && !statistics_) count_all();
      });
  all.include(view_.controls().properties());
  all.value("show_shards", show_shards_);
  all.then([this] { apply_shards(); });
  all.add<std::array<int, 3>>(
      "shards", [this] { return shards_; },
      [this](const std::array<int, 3>& shards) {
        shards_ = shards;
        apply_shards();
        // Where they stand in the window, nobody may look.
        if (!shards_problem_.empty()) throw ConfigError(shards_problem_);
      });
  return all;
}

/// What is a list with an entry for each class but the background.
void DatasetPanel::declare_classes(Properties& all) {
  all.add<std::vector<float>>(
      "opacity",
      [this] {
        std::vector<float> opacity;
        for (std::size_t c = 1; c < styles_.size(); ++c) opacity.push_back(styles_[c].opacity);
        return opacity;
      },
      [this](const std::vector<float>& opacity) {
        for (std::size_t c = 1; c < styles_.size() && c <= opacity.size(); ++c)
          styles_[c].opacity = std::clamp(opacity[c - 1], 0.f, 1.f);
      });
  using Colors = std::vector<std::array<float, 3>>;
  all.add<Colors>(
      "colours",
      [this] {
        Colors colors;
        for (std::size_t c = 1; c < styles_.size(); ++c)
          colors.push_back({styles_[c].color.r, styles_[c].color.g, styles_[c].color.b});
        return own_colors_ ? std::optional(colors) : std::nullopt;
      },
      [this](Colors colors) {
        for (std::size_t c = 1; c < styles_.size() && c <= colors.size(); ++c) {
          for (auto& part : colors[c - 1]) part = std::clamp(part, 0.f, 1.f);
          styles_[c].color = {colors[c - 1][0], colors[c - 1][1], colors[c - 1][2]};
        }
      });
  all.add<std::vector<int>>(
      "classes",
      [this] {
        std::vector<int> visible;
        for (std::size_t c = 1; c < styles_.size(); ++c)
          if (styles_[c].visible) visible.push_back(static_cast<int>(c));
        return visible;
      },
      [this](const std::vector<int>& classes) { show_classes(classes); });
  all.then([this] { restyle(); });
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
  if (origins_) {
    is["occupied"] = origins_->origins.occupied;
    if (const auto owner = origins_->origins.owner(view_.controls().crosshair()))
      is["instance_at_crosshair"] = origins_->origins.fractals[*owner].instance;
  }
  if (statistics_)
    for (const auto& [name, part] :
         {std::pair("training", &statistics_->training), {"validation", &statistics_->validation}})
      is["statistics"][name] = {
          {"volumes", part->volumes}, {"voxels", part->voxels}, {"holding", part->holding}};
  return is;
}

void DatasetPanel::theme_changed() {
  view_.controls().theme_changed();
  planes_.repaint();
}

}  // namespace scaffold::viewer
