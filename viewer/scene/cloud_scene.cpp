#include "scene/cloud_scene.hpp"

#include <vtkActor.h>
#include <vtkCamera.h>
#include <vtkCellArray.h>
#include <vtkFloatArray.h>
#include <vtkIdTypeArray.h>
#include <vtkPointData.h>
#include <vtkPoints.h>
#include <vtkPolyData.h>
#include <vtkPolyDataMapper.h>
#include <vtkProperty.h>
#include <vtkRenderWindow.h>
#include <vtkRenderer.h>
#include <vtkUnsignedCharArray.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "scene/cloud_thumbnail.hpp"

namespace scaffold::viewer {
namespace {

template <class T>
vtkSmartPointer<T> make() {
  return vtkSmartPointer<T>::New();
}

unsigned char color_byte(float v) { return static_cast<unsigned char>(std::lround(255 * v)); }

/// All points as one cell: a VTK vertex cell each costs as much again as the points.
vtkSmartPointer<vtkCellArray> one_cell(vtkIdType points) {
  auto cells = make<vtkCellArray>();
  cells->InsertNextCell(static_cast<int>(points));
  for (vtkIdType i = 0; i < points; ++i) cells->InsertCellPoint(i);
  return cells;
}

}  // namespace

CloudScene::CloudScene(vtkRenderer* renderer)
    : renderer_(renderer),
      coordinates_(make<vtkFloatArray>()),
      colors_(make<vtkUnsignedCharArray>()),
      data_(make<vtkPolyData>()),
      actor_(make<vtkActor>()),
      overlay_(renderer),
      before_picture_(renderer, [this] { keep_fitted(); }),
      axes_(renderer, overlay_.renderer(), space_axes) {
  coordinates_->SetNumberOfComponents(3);
  colors_->SetNumberOfComponents(3);
  auto points = make<vtkPoints>();
  points->SetData(coordinates_);
  data_->SetPoints(points);
  data_->GetPointData()->SetScalars(colors_);
  auto mapper = make<vtkPolyDataMapper>();
  mapper->SetInputData(data_);
  actor_->SetMapper(mapper);
  actor_->GetProperty()->SetLighting(false);
  renderer_->AddActor(actor_);
}

CloudScene::~CloudScene() { renderer_->RemoveActor(actor_); }

void CloudScene::show(const PointCloud& cloud, const std::vector<std::uint8_t>& maps, double share) {
  const std::size_t points = std::min(cloud.size(), max_points);
  const auto count = static_cast<vtkIdType>(points);
  if (points != drawn_ || coordinates_->GetNumberOfTuples() != count) {
    coordinates_->SetNumberOfTuples(count);
    colors_->SetNumberOfTuples(count);
    data_->SetVerts(one_cell(count));
    drawn_ = points;
    actor_->GetProperty()->SetPointSize(points > 50'000 ? 1.f : points > 4'000 ? 2.f : 3.f);
  }
  float* out = coordinates_->GetPointer(0);
  for (std::size_t i = 0; i < points; ++i) {
    *out++ = cloud.x[i];
    *out++ = cloud.y[i];
    *out++ = cloud.z[i];
  }
  maps_.assign(maps.begin(), maps.begin() + static_cast<std::ptrdiff_t>(std::min(maps.size(), points)));
  maps_.resize(points);
  coordinates_->Modified();
  data_->GetPoints()->Modified();
  color();
  measure(static_cast<std::size_t>(std::ceil(share * static_cast<double>(points))));
  axes_.set_bounds(bounds_);
  renderer_->ResetCameraClippingRange();
}

void CloudScene::measure(std::size_t points) {
  constexpr std::size_t looked_at = 2000;
  outline_.clear();
  const float* in = coordinates_->GetPointer(0);
  const auto point = [in](std::size_t i) {
    return Point{static_cast<double>(in[3 * i]), static_cast<double>(in[3 * i + 1]),
                 static_cast<double>(in[3 * i + 2])};
  };
  std::array<std::size_t, 6> extremes{};
  for (std::size_t i = 0; i < points; ++i)
    for (std::size_t a = 0; a < 3; ++a) {
      if (in[3 * i + a] < in[3 * extremes[2 * a] + a]) extremes[2 * a] = i;
      if (in[3 * i + a] > in[3 * extremes[2 * a + 1] + a]) extremes[2 * a + 1] = i;
    }
  for (std::size_t i = 0; i < points; i += points / looked_at + 1) outline_.push_back(point(i));
  double size = 0, furthest = 0;
  for (std::size_t a = 0; a < 3; ++a) {
    for (const std::size_t side : {2 * a, 2 * a + 1}) {
      if (points > 0) outline_.push_back(point(extremes[side]));
      bounds_[side] = points > 0 ? outline_.back()[a] : 0;
      furthest = std::max(furthest, std::abs(bounds_[side]));
    }
    size = std::max(size, bounds_[2 * a + 1] - bounds_[2 * a]);
  }
  // All but a point: a box around it.
  if (!(size > 1e-6 * furthest)) {
    const double half = std::max(1., 1e-3 * furthest);
    for (std::size_t a = 0; a < 3; ++a) {
      bounds_[2 * a] -= half;
      bounds_[2 * a + 1] += half;
    }
    outline_.clear();
  }
}

void CloudScene::color() {
  std::array<std::array<unsigned char, 3>, 256> table;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Rgb c = ramp(static_cast<double>(i) / 255, dark_);
    table[i] = {color_byte(c.r), color_byte(c.g), color_byte(c.b)};
  }
  std::array<std::array<unsigned char, 3>, 2> own;
  for (std::size_t m = 0; m < 2; ++m) {
    const Rgb c = distinct_color(m == 0 ? (dark_ ? 1 : 6) : 0);
    own[m] = {color_byte(c.r), color_byte(c.g), color_byte(c.b)};
  }
  const float* in = coordinates_->GetPointer(0);
  float low = INFINITY, high = -INFINITY;
  for (std::size_t i = 0; i < drawn_; ++i) {
    low = std::min(low, in[3 * i + 2]);
    high = std::max(high, in[3 * i + 2]);
  }
  const float scale = high > low ? 255 / (high - low) : 0;
  unsigned char* out = colors_->GetPointer(0);
  for (std::size_t i = 0; i < drawn_; ++i) {
    const auto& c =
        by_ == CloudColors::map
            ? own[maps_[i] ? 1 : 0]
            : table[static_cast<std::size_t>(std::clamp((in[3 * i + 2] - low) * scale, 0.f, 255.f))];
    std::copy(c.begin(), c.end(), out + 3 * i);
  }
  colors_->Modified();
  data_->Modified();
}

void CloudScene::set_colors(CloudColors colors, bool dark) {
  by_ = colors;
  dark_ = dark;
  color();
}

void CloudScene::set_axes(bool shown, Rgb lines, Rgb text) {
  axes_.set_visible(shown, shown);
  axes_.set_colors(lines, text);
  if (shown != std::exchange(has_axes_, shown)) fitted_size_ = {};
}

void CloudScene::look(Direction from) {
  constexpr double to_eye[4][3] = {{1.6, 1.2, 0.9}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
  vtkCamera* camera = renderer_->GetActiveCamera();
  camera->SetFocalPoint(0, 0, 0);
  camera->SetPosition(to_eye[static_cast<std::size_t>(from)]);
  camera->SetViewUp(0, from == Direction::z ? 1 : 0, from == Direction::z ? 0 : 1);
  fit();
}

void CloudScene::fit() {
  fitted_pose_ = pose(renderer_);
  fitted_size_ = {};
}

void CloudScene::keep_fitted() {
  const int* size = renderer_->GetSize();
  const std::array now{size[0], size[1]};
  if (!fitted_pose_ || size[0] < 2 || size[1] < 2 || fitted_size_ == now) return;
  if (*fitted_pose_ != pose(renderer_)) return fitted_pose_.reset();
  const double scale = renderer_->GetRenderWindow()->GetDPI() / 72.0, around = 36 * scale;
  renderer_->ResetCamera(bounds_.data());
  if (has_axes_ || outline_.empty())
    viewer::fit(renderer_, bounds_, now[0], now[1], label_margins(scale));
  else
    viewer::fit(renderer_, outline_, now[0], now[1], {around, around, around, around});
  renderer_->ResetCameraClippingRange();
  fitted_pose_ = pose(renderer_);
  fitted_size_ = now;
}

}  // namespace scaffold::viewer
