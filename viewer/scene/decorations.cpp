#include "scene/decorations.hpp"

#include <vtkActor.h>
#include <vtkBillboardTextActor3D.h>
#include <vtkCamera.h>
#include <vtkCellArray.h>
#include <vtkPoints.h>
#include <vtkPolyData.h>
#include <vtkPolyDataMapper.h>
#include <vtkProperty.h>
#include <vtkRenderWindow.h>
#include <vtkRenderer.h>
#include <vtkTextProperty.h>

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "scene/camera.hpp"

namespace scaffold::viewer {
namespace {

using Point = std::array<double, 3>;

constexpr int label_font = 14;  // pixels at 72 dots an inch

void set_segments(vtkPolyData* data, const std::vector<std::array<Point, 2>>& segments) {
  auto points = vtkSmartPointer<vtkPoints>::New();
  auto lines = vtkSmartPointer<vtkCellArray>::New();
  for (const auto& segment : segments) {
    const vtkIdType ends[2] = {points->InsertNextPoint(segment[0].data()),
                               points->InsertNextPoint(segment[1].data())};
    lines->InsertNextCell(2, ends);
  }
  data->SetPoints(points);
  data->SetLines(lines);
  data->Modified();
}

Point middle(const Index3& voxel) {
  return {static_cast<double>(voxel[0]) + 0.5, static_cast<double>(voxel[1]) + 0.5,
          static_cast<double>(voxel[2]) + 0.5};
}

/// The twelve edges of a box.
void add_edges(const LabeledBox& box, std::vector<std::array<Point, 2>>& segments) {
  const auto corner = [&](int bits) {
    Point p{};
    for (std::size_t axis = 0; axis < 3; ++axis)
      p[axis] = static_cast<double>(bits >> axis & 1 ? box.end[axis] : box.begin[axis]);
    return p;
  };
  for (int from = 0; from < 8; ++from)
    for (int axis = 0; axis < 3; ++axis)
      if (!(from >> axis & 1)) segments.push_back({corner(from), corner(from | 1 << axis)});
}

}  // namespace

double distance(const Index3& a, const Index3& b) {
  double sum = 0;
  for (std::size_t axis = 0; axis < 3; ++axis) sum += std::pow(static_cast<double>(a[axis] - b[axis]), 2);
  return std::sqrt(sum);
}

std::optional<PlacedText> ruler_text(vtkRenderer* renderer, const std::array<Index3, 2>& ends, double width,
                                     double height, double scale, TextRoom& room) {
  const Point a = middle(ends[0]), b = middle(ends[1]);
  PlacedText text{cat(fixed(distance(ends[0], ends[1]), 1), " voxels"), {}, 0, -label_font * scale};
  for (std::size_t axis = 0; axis < 3; ++axis) text.at[axis] = (a[axis] + b[axis]) / 2;
  const auto pixel = project(renderer, text.at, width, height);
  if (!pixel) return std::nullopt;
  room.take(text_box(text_size(text.text, label_font * scale), (*pixel)[0], (*pixel)[1] + text.dy));
  return text;
}

Decorations::Decorations(vtkRenderer* renderer)
    : renderer_(renderer),
      overlay_(renderer),
      axes_(renderer, overlay_.renderer(), voxel_axes, [this](TextRoom& room) { place_length(room); }),
      boxes_(make_lines(1.5)),
      crosshair_(make_lines(1)),
      ruler_(make_lines(3)),
      length_(make_text()),
      before_picture_(renderer, [this] { place_labels(); }) {
  recolor();
}

Decorations::~Decorations() {
  for (const auto& lines : {boxes_, crosshair_, ruler_}) renderer_->RemoveActor(lines.actor);
  for (const auto& label : labels_) overlay_.renderer()->RemoveActor(label);
  overlay_.renderer()->RemoveActor(length_);
}

Decorations::Lines Decorations::make_lines(double width) {
  Lines lines{vtkSmartPointer<vtkPolyData>::New(), vtkSmartPointer<vtkActor>::New()};
  auto mapper = vtkSmartPointer<vtkPolyDataMapper>::New();
  mapper->SetInputData(lines.data);
  lines.actor->SetMapper(mapper);
  lines.actor->GetProperty()->SetLineWidth(static_cast<float>(width));
  lines.actor->GetProperty()->SetLighting(false);
  lines.actor->VisibilityOff();
  renderer_->AddActor(lines.actor);
  return lines;
}

vtkSmartPointer<vtkBillboardTextActor3D> Decorations::make_text() {
  auto text = vtkSmartPointer<vtkBillboardTextActor3D>::New();
  text->GetTextProperty()->SetFontSize(label_font);
  text->GetTextProperty()->SetJustificationToCentered();
  text->GetTextProperty()->SetVerticalJustificationToCentered();
  text->VisibilityOff();
  overlay_.renderer()->AddActor(text);
  return text;
}

void Decorations::set_bounds(const std::array<double, 6>& bounds) {
  bounds_ = bounds;
  axes_.set_bounds(bounds);
}

void Decorations::set_colors(Rgb lines, Rgb text, Rgb accent, Rgb ground) {
  ground_ = ground;
  lines_ = lines;
  text_ = text;
  accent_ = accent;
  recolor();
}

void Decorations::recolor() {
  const auto set = [](auto* property, Rgb c) { property->SetColor(c.r, c.g, c.b); };
  axes_.set_colors(lines_, text_);
  set(crosshair_.actor->GetProperty(), lines_);
  set(boxes_.actor->GetProperty(), accent_);
  set(ruler_.actor->GetProperty(), text_);
  set(length_->GetTextProperty(), text_);
  for (const auto& label : labels_) set(label->GetTextProperty(), accent_);
  const auto back = [&](vtkTextProperty* property) {
    property->SetBackgroundColor(ground_.r, ground_.g, ground_.b);
    property->SetBackgroundOpacity(0.7);
  };
  back(length_->GetTextProperty());
  for (const auto& label : labels_) back(label->GetTextProperty());
}

void Decorations::set_axes(bool edges, bool numbers) { axes_.set_visible(edges, numbers); }

void Decorations::set_boxes(const std::vector<LabeledBox>& boxes) {
  std::vector<std::array<Point, 2>> segments;
  for (const auto& label : labels_) overlay_.renderer()->RemoveActor(label);
  labels_.clear();
  for (const auto& box : boxes) {
    add_edges(box, segments);
    auto text = make_text();
    text->SetInput(box.label.c_str());
    Point at{};
    for (std::size_t axis = 0; axis < 3; ++axis)
      at[axis] = static_cast<double>(box.begin[axis] + box.end[axis]) / 2;
    text->SetPosition(at.data());
    labels_.push_back(text);
  }
  set_segments(boxes_.data, segments);
  boxes_.actor->SetVisibility(!boxes.empty());
  recolor();
}

void Decorations::place_labels() {
  if (labels_.empty()) return;
  Point eye{}, forward{};
  renderer_->GetActiveCamera()->GetPosition(eye.data());
  renderer_->GetActiveCamera()->GetDirectionOfProjection(forward.data());
  std::vector<std::pair<double, vtkBillboardTextActor3D*>> by_depth;
  for (const auto& label : labels_) {
    const double* at = label->GetPosition();
    double depth = 0;
    for (std::size_t axis = 0; axis < 3; ++axis) depth += (at[axis] - eye[axis]) * forward[axis];
    by_depth.emplace_back(depth, label.Get());
  }
  std::ranges::stable_sort(by_depth, {}, &std::pair<double, vtkBillboardTextActor3D*>::first);
  const int* size = renderer_->GetSize();
  const double font = label_font * font_scale();
  TextRoom room = axes_.room();
  for (const auto& [depth, label] : by_depth) {
    const double* at = label->GetPosition();
    const auto pixel = project(renderer_, {at[0], at[1], at[2]}, std::max(size[0], 1), std::max(size[1], 1));
    label->SetVisibility(pixel &&
                         room.take(text_box(text_size(label->GetInput(), font), (*pixel)[0], (*pixel)[1])));
  }
}

double Decorations::font_scale() const { return renderer_->GetRenderWindow()->GetDPI() / 72.0; }

void Decorations::place_length(TextRoom& room) {
  length_->VisibilityOff();
  if (!ruler_ends_) return;
  const int* size = renderer_->GetSize();
  const auto text =
      ruler_text(renderer_, *ruler_ends_, std::max(size[0], 1), std::max(size[1], 1), font_scale(), room);
  if (!text) return;
  length_->SetInput(text->text.c_str());
  length_->SetPosition(text->at[0], text->at[1], text->at[2]);
  length_->SetDisplayOffset(static_cast<int>(std::lround(text->dx)),
                            static_cast<int>(std::lround(-text->dy)));
  length_->VisibilityOn();
}

void Decorations::set_crosshair(const std::optional<Index3>& voxel) {
  crosshair_.actor->SetVisibility(voxel.has_value());
  if (!voxel) return;
  std::vector<std::array<Point, 2>> segments;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    Point from = middle(*voxel), to = from;
    from[axis] = bounds_[2 * axis];
    to[axis] = bounds_[2 * axis + 1];
    segments.push_back({from, to});
  }
  set_segments(crosshair_.data, segments);
}

void Decorations::set_ruler(const std::optional<std::array<Index3, 2>>& ends) {
  ruler_.actor->SetVisibility(ends.has_value());
  ruler_ends_ = ends;
  if (ends) set_segments(ruler_.data, {{middle((*ends)[0]), middle((*ends)[1])}});
}

}  // namespace scaffold::viewer
