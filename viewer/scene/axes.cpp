#include "scene/axes.hpp"

#include <vtkBillboardTextActor3D.h>
#include <vtkCallbackCommand.h>
#include <vtkRenderWindow.h>
#include <vtkRenderer.h>
#include <vtkTextProperty.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/text.hpp"
#include "scene/camera.hpp"

namespace scaffold::viewer {
namespace {

constexpr double label_pixels = 15, title_pixels = 40;  // away from the edge, at 72 dots an inch
constexpr double label_clearance = 22;
constexpr int font_size = 13;
constexpr int least_pixels_between_labels = 26;

/// Quarters where the edge divides, as powers of two do; eighths are left out when they would stand too
/// close.
std::vector<std::int64_t> ticks(std::int64_t extent, double pixels) {
  std::int64_t parts = extent % 4 == 0 ? 4 : extent % 2 == 0 ? 2 : 1;
  while (parts > 1 && pixels / static_cast<double>(parts) < least_pixels_between_labels) parts /= 2;
  std::vector<std::int64_t> at;
  for (std::int64_t i = 0; i <= parts; ++i) at.push_back(extent / parts * i);
  return at;
}

}  // namespace

Axes::Axes(vtkRenderer* renderer, vtkRenderer* texts)
    : renderer_(renderer), overlay_(texts), outline_(renderer) {
  outline_.set_visible(false);
  auto callback = vtkSmartPointer<vtkCallbackCommand>::New();
  callback->SetClientData(this);
  callback->SetCallback(
      [](vtkObject*, unsigned long, void* self, void*) { static_cast<Axes*>(self)->place(); });
  observer_ = renderer_->AddObserver(vtkCommand::StartEvent, callback);
}

Axes::~Axes() {
  renderer_->RemoveObserver(observer_);
  for (const auto& text : texts_) overlay_->RemoveActor(text);
}

void Axes::set_bounds(const std::array<double, 6>& bounds) {
  bounds_ = bounds;
  outline_.show({static_cast<std::int64_t>(bounds[1]), static_cast<std::int64_t>(bounds[3]),
                 static_cast<std::int64_t>(bounds[5])});
}

void Axes::set_colours(Rgb lines, Rgb text) {
  outline_.set_colour(lines);
  text_ = text;
}

void Axes::set_visible(bool edges, bool numbers) {
  outline_.set_visible(edges);
  numbered_ = numbers;
}

void Axes::put(std::size_t& used, const std::string& text, const Point& at, double dx, double dy) {
  if (used == texts_.size()) {
    auto fresh = vtkSmartPointer<vtkBillboardTextActor3D>::New();
    fresh->GetTextProperty()->SetFontSize(font_size);
    fresh->GetTextProperty()->SetJustificationToCentered();
    fresh->GetTextProperty()->SetVerticalJustificationToCentered();
    overlay_->AddActor(fresh);
    texts_.push_back(fresh);
  }
  auto& actor = texts_[used++];
  if (!actor->GetInput() || text != actor->GetInput()) actor->SetInput(text.c_str());
  actor->GetTextProperty()->SetColor(text_.r, text_.g, text_.b);
  actor->SetPosition(at[0], at[1], at[2]);
  actor->SetDisplayOffset(static_cast<int>(std::lround(dx)), static_cast<int>(std::lround(-dy)));
  actor->VisibilityOn();
}

void Axes::place_axis(std::size_t axis, double width, double height, std::size_t& used) {
  const std::size_t u = (axis + 1) % 3, v = (axis + 2) % 3;
  Point middle{};
  for (std::size_t i = 0; i < 3; ++i) middle[i] = (bounds_[2 * i] + bounds_[2 * i + 1]) / 2;
  const auto centre = project(renderer_, middle, width, height);
  if (!centre) return;
  // Of the four edges along the axis the one that lies outermost: to the left for H, below for the others.
  struct Edge {
    Point from{}, to{};
    std::array<double, 2> a{}, b{};
  };
  std::optional<Edge> best;
  double most = -1e300;
  for (int side = 0; side < 4; ++side) {
    Edge edge;
    edge.from[axis] = bounds_[2 * axis];
    edge.to[axis] = bounds_[2 * axis + 1];
    edge.from[u] = edge.to[u] = bounds_[2 * u + (side & 1)];
    edge.from[v] = edge.to[v] = bounds_[2 * v + (side >> 1)];
    const auto a = project(renderer_, edge.from, width, height),
               b = project(renderer_, edge.to, width, height);
    if (!a || !b) return;
    edge.a = *a;
    edge.b = *b;
    const double x = (edge.a[0] + edge.b[0]) / 2 - (*centre)[0],
                 y = (edge.a[1] + edge.b[1]) / 2 - (*centre)[1];
    const double outward = axis == 1 ? -x + 0.3 * y : y + 0.01 * std::abs(x);
    if (outward > most) {
      most = outward;
      best = edge;
    }
  }
  double along_x = best->b[0] - best->a[0], along_y = best->b[1] - best->a[1];
  const double length = std::hypot(along_x, along_y);
  if (length < least_pixels_between_labels) return;  // looked at end on
  // Across the edge, away from the middle of the box.
  double across_x = -along_y / length, across_y = along_x / length;
  const double to_middle_x = (*centre)[0] - (best->a[0] + best->b[0]) / 2,
               to_middle_y = (*centre)[1] - (best->a[1] + best->b[1]) / 2;
  if (across_x * to_middle_x + across_y * to_middle_y > 0) {
    across_x = -across_x;
    across_y = -across_y;
  }
  const double scale = renderer_->GetRenderWindow()->GetDPI() / 72.0;
  const auto extent = static_cast<std::int64_t>(bounds_[2 * axis + 1]);
  for (const auto tick : ticks(extent, length / scale)) {
    Point at = best->from;
    at[axis] = static_cast<double>(tick);
    // Two axes end in one corner; one number is enough.
    const double dx = across_x * label_pixels * scale, dy = across_y * label_pixels * scale;
    const auto pixel = project(renderer_, at, width, height);
    if (!pixel || std::ranges::any_of(placed_, [&](const auto& other) {
          return std::hypot(other[0] - (*pixel)[0] - dx, other[1] - (*pixel)[1] - dy) <
                 label_clearance * scale;
        }))
      continue;
    placed_.push_back({(*pixel)[0] + dx, (*pixel)[1] + dy});
    put(used, cat(tick), at, dx, dy);
  }
  Point at = best->from;
  at[axis] = (bounds_[2 * axis] + bounds_[2 * axis + 1]) / 2;
  constexpr const char* names[] = {"D", "H", "W"};
  // A wide text beside a steep edge needs more room than below a flat one.
  const double distance = (title_pixels + 26 * std::abs(across_x)) * scale;
  put(used, cat(names[axis], " (voxels)"), at, across_x * distance, across_y * distance);
}

void Axes::place() {
  std::size_t used = 0;
  placed_.clear();
  if (numbered_) {
    const int* size = renderer_->GetSize();
    for (std::size_t axis = 0; axis < 3; ++axis)
      place_axis(axis, std::max(size[0], 1), std::max(size[1], 1), used);
  }
  for (; used < texts_.size(); ++used) texts_[used]->VisibilityOff();
}

}  // namespace scaffold::viewer
