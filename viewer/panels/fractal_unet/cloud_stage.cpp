#include "panels/fractal_unet/cloud_stage.hpp"

#include <vtkRenderer.h>

#include <algorithm>

#include "core/counted.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "scene/camera.hpp"
#include "ui/flow.hpp"

namespace scaffold::viewer {
namespace {

constexpr std::uint64_t draft_points = 65'536;
constexpr double shown_of_runaway = 0.6;

}  // namespace

CloudStage::CloudStage(Context& context) : context_(context), scene_(widget_.renderer()) { theme_changed(); }

void CloudStage::show(const CloudTask& task, const LibrarySpec& spec, std::int64_t edge, bool draft) {
  LibrarySpec at = spec;
  if (draft) at.points = std::min(at.points, draft_points);
  problem_.clear();
  deviation_ = 1;
  candidate_ = test_candidates({&task, 1}, at).front();
  trace_cloud(task, at.points, traced_);
  show_cloud();
  if (!draft) measures_ = measure(traced_.cloud, edge, spec.normalize);
  widget_.view().touch();
}

void CloudStage::show_instance(const InstanceRequest& request, const LibrarySpec& spec) {
  try {
    auto clouds = generate_instances({&request, 1}, spec.seed, spec.points);
    traced_.cloud = std::move(clouds.front().cloud);
    traced_.state = CloudState::ok;
    deviation_ = clouds.front().deviation;
    traced_.maps = map_choices(
        {request.base, spec.seed, fractal_purpose::instance_cloud,
         static_cast<std::uint32_t>(request.category), static_cast<std::uint32_t>(request.instance)},
        traced_.cloud.size());
    problem_.clear();
    show_cloud();
  } catch (const Error& error) {
    problem_ = error.what();
  }
  widget_.view().touch();
}

void CloudStage::show_cloud() {
  // Of a chain that runs away the last points are far out: the camera stays with the first ones.
  scene_.show(traced_.cloud, traced_.maps, traced_.state == CloudState::ok ? 1 : shown_of_runaway);
}

void CloudStage::look() { look_along("iso"); }

void CloudStage::fit() {
  scene_.fit();
  widget_.view().touch();
}

void CloudStage::look_along(const std::string& direction) {
  const auto found = std::ranges::find(direction_names, direction);
  if (found == std::end(direction_names)) return;
  scene_.look(static_cast<Direction>(found - std::begin(direction_names)));
  widget_.view().touch();
}

void CloudStage::draw(ImVec2 size) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  widget_.draw("cloud", size, context_);
  const float pad = 0.5f * ImGui::GetFontSize();
  const auto write = [&](const std::string& text, Rgb color) {
    const float wrap = size.x - 2 * pad;
    const ImVec2 extent = ImGui::CalcTextSize(text.c_str(), nullptr, false, wrap);
    auto* list = ImGui::GetWindowDrawList();
    list->AddRectFilled(at, {at.x + extent.x + 2 * pad, at.y + extent.y + 2 * pad},
                        context_.theme.u32(context_.theme.scene, 0.75f));
    list->AddText(nullptr, 0, {at.x + pad, at.y + pad}, context_.theme.u32(color), text.c_str(), nullptr,
                  wrap);
  };
  if (!problem_.empty())
    write(problem_, context_.theme.bad);
  else if (traced_.state != CloudState::ok)
    write(cat(traced_.state == CloudState::runaway ? "Runs away" : "Leaves the finite numbers", " after ",
              counted(traced_.cloud.size(), "point"), ": the points before that are shown"),
          context_.theme.bad);
  else
    write(counted(traced_.cloud.size(), "point"), context_.theme.faint);
}

void CloudStage::draw_options() {
  int by = static_cast<int>(colors_);
  ImGui::SetNextItemWidth(9.5f * ImGui::GetFontSize());
  if (ImGui::Combo("##colours", &by, "Color: height\0Color: map\0")) {
    colors_ = static_cast<CloudColors>(by);
    recolor();
  }
  context_.tags.mark("colours");
  if (ImGui::IsItemHovered())
    ImGui::SetTooltip("By height z, or by the map that made each point:\nblue map 0, orange map 1");
  ImGui::SameLine();
  if (ImGui::Checkbox("Axes", &axes_)) recolor();
  context_.tags.mark("axes");
  for (const char* direction : direction_names) {
    same_line_if_room(button_width(direction));
    if (ImGui::SmallButton(direction)) look_along(direction);
    context_.tags.mark(cat("from-", direction));
  }
}

void CloudStage::recolor() {
  scene_.set_colors(colors_, context_.theme.dark);
  scene_.set_axes(axes_, context_.theme.faint, context_.theme.text);
  widget_.view().touch();
}

void CloudStage::theme_changed() {
  const Rgb c = context_.theme.scene;
  widget_.renderer()->SetBackground(c.r, c.g, c.b);
  widget_.renderer()->SetBackgroundAlpha(1);
  recolor();
}

Properties CloudStage::properties() {
  Properties all;
  all.add<std::string>(
      "colours", [this] { return std::string(colors_ == CloudColors::map ? "map" : "height"); },
      [this](const std::string& colors) {
        if (colors != "map" && colors != "height")
          throw ConfigError(cat("'colours' is height or map, not '", colors, "'"));
        colors_ = colors == "map" ? CloudColors::map : CloudColors::height;
      });
  all.value("axes", axes_);
  all.then([this] { recolor(); });
  all.add<CameraPose>(
      "camera",
      [this] {
        // A cloud may be so far out that there is none to come back to.
        const CameraPose camera = pose(widget_.renderer());
        return sound(camera) ? std::optional(camera) : std::nullopt;
      },
      [this](const CameraPose& camera) {
        if (!sound(camera)) throw ConfigError("'camera' looks nowhere");
        set_pose(widget_.renderer(), camera);
        widget_.view().touch();
      });
  return all;
}

}  // namespace scaffold::viewer
