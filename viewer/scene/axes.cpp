#include "scene/axes.hpp"

#include <vtkBillboardTextActor3D.h>
#include <vtkRenderWindow.h>
#include <vtkRenderer.h>
#include <vtkTextProperty.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/text.hpp"
#include "report/chart.hpp"
#include "scene/camera.hpp"

namespace scaffold::viewer {
namespace {

// In pixels at 72 dots an inch.
constexpr int font_size = 13;
constexpr double gap = 7;             // from the edge to its numbers
constexpr double title_gap = 12;      // from these to the title: both have air around them
constexpr double shortest_edge = 26;  // that has a title
constexpr double share_of_longest = 0.25;

using Point = std::array<double, 3>;
using Pixel = std::array<double, 2>;

/// One edge of the box on the screen.
struct Edge {
  Point from{}, to{};
  Pixel a{}, b{};
  double length = 0;
  Pixel across{};  ///< unit vector away from the box
};

/// Of the four edges along an axis the one that lies outermost: to the left for the upright one, else below.
std::optional<Edge> outer_edge(vtkRenderer* renderer, const std::array<double, 6>& bounds, std::size_t axis,
                               bool upright, double width, double height) {
  const std::size_t u = (axis + 1) % 3, v = (axis + 2) % 3;
  Point middle{};
  for (std::size_t i = 0; i < 3; ++i) middle[i] = (bounds[2 * i] + bounds[2 * i + 1]) / 2;
  const auto center = project(renderer, middle, width, height);
  if (!center) return std::nullopt;
  Edge best;
  double most = -1e300;
  for (int side = 0; side < 4; ++side) {
    Edge edge;
    edge.from[axis] = bounds[2 * axis];
    edge.to[axis] = bounds[2 * axis + 1];
    edge.from[u] = edge.to[u] = bounds[2 * u + (side & 1)];
    edge.from[v] = edge.to[v] = bounds[2 * v + (side >> 1)];
    const auto a = project(renderer, edge.from, width, height), b = project(renderer, edge.to, width, height);
    if (!a || !b) return std::nullopt;
    edge.a = *a;
    edge.b = *b;
    const double x = (edge.a[0] + edge.b[0]) / 2 - (*center)[0],
                 y = (edge.a[1] + edge.b[1]) / 2 - (*center)[1];
    const double outward = upright ? -x + 0.3 * y : y + 0.01 * std::abs(x);
    if (outward > most) {
      most = outward;
      best = edge;
    }
  }
  const double along_x = best.b[0] - best.a[0], along_y = best.b[1] - best.a[1];
  best.length = std::hypot(along_x, along_y);
  if (!(best.length > 0)) return best;
  best.across = {-along_y / best.length, along_x / best.length};
  const double to_middle_x = (*center)[0] - (best.a[0] + best.b[0]) / 2,
               to_middle_y = (*center)[1] - (best.a[1] + best.b[1]) / 2;
  if (best.across[0] * to_middle_x + best.across[1] * to_middle_y > 0)
    best.across = {-best.across[0], -best.across[1]};
  return best;
}

/// Pixels along the edge from one number to the next so that they stand apart.
double min_step(const Edge& edge, const TextSize& number) {
  const TextBox box = text_box(number, 0, 0);
  const double wide = (box.right - box.left) / std::max(std::abs(edge.across[1]), 1e-9),
               high = (box.bottom - box.top) / std::max(std::abs(edge.across[0]), 1e-9);
  return std::min(wide, high);
}

/// Numbers along an edge. Of voxels quarters where the edge divides, as powers of two do; halves or the ends
/// where quarters would stand too close.
std::vector<ChartTick> edge_ticks(const Edge& edge, double low, double high, bool voxels, double font) {
  std::vector<ChartTick> ticks;
  if (!voxels) {
    // The further end of the edge is the denser one.
    const double least = 1.3 * min_step(edge, text_size("-0.0", font)) / edge.length * (high - low);
    for (int most = 8; most >= 2; --most) {
      ticks = chart_ticks(low, high, most, false, false);
      if (ticks.size() < 2 || ticks[1].value - ticks[0].value >= least) break;
    }
    return ticks;
  }
  const auto extent = static_cast<std::int64_t>(high);
  const double most = edge.length / min_step(edge, text_size(cat(extent), font));
  std::int64_t parts = extent % 4 == 0 ? 4 : extent % 2 == 0 ? 2 : 1;
  while (parts > 1 && most < static_cast<double>(parts)) parts /= 2;
  for (std::int64_t i = 0; i <= parts; ++i) {
    const std::int64_t at = extent / parts * i;
    ticks.push_back({static_cast<double>(at), cat(at)});
  }
  return ticks;
}

/// The box on the screen: nothing is written along edges inside it, which an axis has that is seen end on.
class Silhouette {
 public:
  /// Empty where a corner is behind the camera.
  Silhouette(vtkRenderer* renderer, const std::array<double, 6>& bounds, double width, double height) {
    for (int corner = 0; corner < 8; ++corner)
      if (const auto at = project(
              renderer, {bounds[corner & 1 ? 1 : 0], bounds[corner & 2 ? 3 : 2], bounds[corner & 4 ? 5 : 4]},
              width, height))
        corners_.push_back(*at);
  }
  bool covers(const Pixel& point) const {
    if (corners_.size() < 8) return false;
    for (std::size_t axis = 0; axis < 3; ++axis)
      for (std::size_t side = 0; side < 2; ++side)
        if (face_covers(axis, side, point)) return true;
    return false;
  }

 private:
  /// A face is convex: the point is on the same side of all its edges.
  bool face_covers(std::size_t axis, std::size_t side, const Pixel& point) const {
    const std::size_t base = side << axis, u = std::size_t{1} << (axis + 1) % 3,
                      v = std::size_t{1} << (axis + 2) % 3;
    const std::array<std::size_t, 4> around{base, base | u, base | u | v, base | v};
    int left = 0, right = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const Pixel &a = corners_[around[i]], &b = corners_[around[(i + 1) % 4]];
      const double turn = (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0]);
      left += turn > 0;
      right += turn < 0;
    }
    return (left == 0 || right == 0) && left + right > 0;
  }
  std::vector<Pixel> corners_;
};

/// How far the middle of a text of this size is from what it stands beside.
double reach(const Edge& edge, const TextSize& size) {
  return std::abs(edge.across[0]) * size.width / 2 + std::abs(edge.across[1]) * size.height / 2;
}

/// All that is written along one edge.
class EdgeWriter {
 public:
  EdgeWriter(vtkRenderer* renderer, double width, double height, double scale, TextRoom& room)
      : renderer_(renderer), width_(width), height_(height), scale_(scale), room_(room) {}

  void write_title(const Edge& edge, const std::string& title, const std::vector<ChartTick>& ticks) {
    TextSize widest{};
    for (const auto& tick : ticks) widest.width = std::max(widest.width, size(tick.label).width);
    if (!ticks.empty()) widest.height = size("0").height;
    Point middle{};
    for (std::size_t i = 0; i < 3; ++i) middle[i] = (edge.from[i] + edge.to[i]) / 2;
    const double near = (gap + title_gap) * scale_ + 2 * reach(edge, widest) + reach(edge, size(title));
    for (const double further : {0., 1.5, 3.})  // lines; where other axes' titles stand
      if (put(edge, title, middle, near + further * size("0").height)) return;
  }

  void write_numbers(const Edge& edge, std::size_t axis, const std::vector<ChartTick>& ticks) {
    for (const auto& tick : ticks) {
      Point at = edge.from;
      at[axis] = tick.value;
      // Two axes end in one corner; one number is enough.
      put(edge, tick.label, at, gap * scale_ + reach(edge, size(tick.label)));
    }
  }

  std::vector<PlacedText> texts;

 private:
  TextSize size(const std::string& text) const { return text_size(text, font_size * scale_); }

  bool put(const Edge& edge, const std::string& text, const Point& at, double distance) {
    const auto pixel = project(renderer_, at, width_, height_);
    const double dx = edge.across[0] * distance, dy = edge.across[1] * distance;
    if (!pixel) return false;
    const Pixel middle{(*pixel)[0] + dx, (*pixel)[1] + dy};
    if (!room_.take(text_box(size(text), middle[0], middle[1]))) return false;
    texts.push_back({text, at, dx, dy});
    return true;
  }

  vtkRenderer* renderer_;
  double width_, height_, scale_;
  TextRoom& room_;
};

}  // namespace

std::vector<PlacedText> axis_texts(vtkRenderer* renderer, const std::array<double, 6>& bounds,
                                   const AxisKind& kind, double width, double height, double scale,
                                   TextRoom& room) {
  std::array<Edge, 3> edges;
  std::array<std::vector<ChartTick>, 3> ticks;
  double longest = 0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const auto edge = outer_edge(renderer, bounds, axis, axis == kind.upright, width, height);
    if (!edge) return {};
    edges[axis] = *edge;
    longest = std::max(longest, edge->length);
  }
  const Silhouette silhouette(renderer, bounds, width, height);
  const auto shown = [&](std::size_t axis) {
    const Edge& edge = edges[axis];
    const auto beside = [&](std::size_t i) { return (edge.a[i] + edge.b[i]) / 2 + 2 * edge.across[i]; };
    return edge.length >= shortest_edge * scale && !silhouette.covers({beside(0), beside(1)});
  };
  for (std::size_t axis = 0; axis < 3; ++axis)
    if (shown(axis) && edges[axis].length >= share_of_longest * longest)
      ticks[axis] =
          edge_ticks(edges[axis], bounds[2 * axis], bounds[2 * axis + 1], kind.voxels, font_size * scale);
  EdgeWriter writer(renderer, width, height, scale, room);
  // Titles first: a number that has no room is missed less.
  for (std::size_t axis = 0; axis < 3; ++axis)
    if (shown(axis)) writer.write_title(edges[axis], kind.titles[axis], ticks[axis]);
  for (std::size_t axis = 0; axis < 3; ++axis) writer.write_numbers(edges[axis], axis, ticks[axis]);
  return std::move(writer.texts);
}

Axes::Axes(vtkRenderer* renderer, vtkRenderer* texts, const AxisKind& kind,
           std::function<void(TextRoom&)> before)
    : renderer_(renderer),
      overlay_(texts),
      kind_(kind),
      before_(std::move(before)),
      outline_(renderer),
      before_picture_(renderer, [this] { place(); }) {
  outline_.set_visible(false);
}

Axes::~Axes() {
  for (const auto& text : texts_) overlay_->RemoveActor(text);
}

void Axes::set_bounds(const std::array<double, 6>& bounds) {
  bounds_ = bounds;
  outline_.show(bounds);
}

void Axes::set_colors(Rgb lines, Rgb text) {
  outline_.set_color(lines);
  text_ = text;
}

void Axes::set_visible(bool edges, bool numbers) {
  outline_.set_visible(edges);
  numbered_ = numbers;
}

void Axes::put(std::size_t number, const PlacedText& text) {
  if (number == texts_.size()) {
    auto fresh = vtkSmartPointer<vtkBillboardTextActor3D>::New();
    fresh->GetTextProperty()->SetFontSize(font_size);
    fresh->GetTextProperty()->SetJustificationToCentered();
    fresh->GetTextProperty()->SetVerticalJustificationToCentered();
    overlay_->AddActor(fresh);
    texts_.push_back(fresh);
  }
  auto& actor = texts_[number];
  if (!actor->GetInput() || text.text != actor->GetInput()) actor->SetInput(text.text.c_str());
  actor->GetTextProperty()->SetColor(text_.r, text_.g, text_.b);
  actor->SetPosition(text.at[0], text.at[1], text.at[2]);
  actor->SetDisplayOffset(static_cast<int>(std::lround(text.dx)), static_cast<int>(std::lround(-text.dy)));
  actor->VisibilityOn();
}

void Axes::place() {
  room_ = {};
  if (before_) before_(room_);
  std::size_t used = 0;
  if (numbered_) {
    const int* size = renderer_->GetSize();
    for (const auto& text : axis_texts(renderer_, bounds_, kind_, std::max(size[0], 1), std::max(size[1], 1),
                                       renderer_->GetRenderWindow()->GetDPI() / 72.0, room_))
      put(used++, text);
  }
  for (; used < texts_.size(); ++used) texts_[used]->VisibilityOff();
}

}  // namespace scaffold::viewer
