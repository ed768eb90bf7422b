#include "scene/cloud_scene.hpp"

#include <vtkActor.h>
#include <vtkCamera.h>
#include <vtkCellArray.h>
#include <vtkCubeAxesActor.h>
#include <vtkFloatArray.h>
#include <vtkIdTypeArray.h>
#include <vtkPointData.h>
#include <vtkPoints.h>
#include <vtkPolyData.h>
#include <vtkPolyDataMapper.h>
#include <vtkProperty.h>
#include <vtkRenderer.h>
#include <vtkTextProperty.h>
#include <vtkUnsignedCharArray.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "scene/cloud_picture.hpp"

namespace scaffold::viewer {
namespace {

template <class T>
vtkSmartPointer<T> make() {
  return vtkSmartPointer<T>::New();
}

unsigned char byte(float v) { return static_cast<unsigned char>(std::lround(255 * v)); }

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
      colours_(make<vtkUnsignedCharArray>()),
      data_(make<vtkPolyData>()),
      actor_(make<vtkActor>()),
      axes_(make<vtkCubeAxesActor>()) {
  coordinates_->SetNumberOfComponents(3);
  colours_->SetNumberOfComponents(3);
  auto points = make<vtkPoints>();
  points->SetData(coordinates_);
  data_->SetPoints(points);
  data_->GetPointData()->SetScalars(colours_);
  auto mapper = make<vtkPolyDataMapper>();
  mapper->SetInputData(data_);
  actor_->SetMapper(mapper);
  actor_->GetProperty()->SetLighting(false);
  renderer_->AddActor(actor_);
  axes_->SetCamera(renderer_->GetActiveCamera());
  axes_->SetFlyModeToOuterEdges();
  axes_->SetVisibility(false);
  for (int axis = 0; axis < 3; ++axis) {
    axes_->GetTitleTextProperty(axis)->SetFontSize(18);
    axes_->GetLabelTextProperty(axis)->SetFontSize(16);
  }
  axes_->SetXTitle("x");
  axes_->SetYTitle("y");
  axes_->SetZTitle("z");
  renderer_->AddActor(axes_);
}

CloudScene::~CloudScene() {
  renderer_->RemoveActor(actor_);
  renderer_->RemoveActor(axes_);
}

void CloudScene::show(const Cloud& cloud, const std::vector<std::uint8_t>& maps) {
  const std::size_t points = std::min(cloud.size(), most_points);
  const auto count = static_cast<vtkIdType>(points);
  if (points != drawn_ || coordinates_->GetNumberOfTuples() != count) {
    coordinates_->SetNumberOfTuples(count);
    colours_->SetNumberOfTuples(count);
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
  colour();
  double bounds[6];
  data_->ComputeBounds();
  data_->GetBounds(bounds);
  if (points > 0) axes_->SetBounds(bounds);
  renderer_->ResetCameraClippingRange();
}

void CloudScene::colour() {
  std::array<std::array<unsigned char, 3>, 256> table;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Rgb c = ramp(static_cast<double>(i) / 255, dark_);
    table[i] = {byte(c.r), byte(c.g), byte(c.b)};
  }
  std::array<std::array<unsigned char, 3>, 2> own;
  for (std::size_t m = 0; m < 2; ++m) {
    const Rgb c = distinct_colour(m == 0 ? (dark_ ? 1 : 6) : 0);
    own[m] = {byte(c.r), byte(c.g), byte(c.b)};
  }
  const float* in = coordinates_->GetPointer(0);
  float low = INFINITY, high = -INFINITY;
  for (std::size_t i = 0; i < drawn_; ++i) {
    low = std::min(low, in[3 * i + 2]);
    high = std::max(high, in[3 * i + 2]);
  }
  const float scale = high > low ? 255 / (high - low) : 0;
  unsigned char* out = colours_->GetPointer(0);
  for (std::size_t i = 0; i < drawn_; ++i) {
    const auto& c =
        by_ == CloudColours::map
            ? own[maps_[i] ? 1 : 0]
            : table[static_cast<std::size_t>(std::clamp((in[3 * i + 2] - low) * scale, 0.f, 255.f))];
    std::copy(c.begin(), c.end(), out + 3 * i);
  }
  colours_->Modified();
  data_->Modified();
}

void CloudScene::set_colours(CloudColours colours, bool dark) {
  by_ = colours;
  dark_ = dark;
  colour();
}

void CloudScene::set_axes(bool shown, Rgb colour) {
  axes_->SetVisibility(shown);
  for (int axis = 0; axis < 3; ++axis) {
    axes_->GetTitleTextProperty(axis)->SetColor(colour.r, colour.g, colour.b);
    axes_->GetLabelTextProperty(axis)->SetColor(colour.r, colour.g, colour.b);
  }
  for (auto* lines :
       {axes_->GetXAxesLinesProperty(), axes_->GetYAxesLinesProperty(), axes_->GetZAxesLinesProperty()})
    lines->SetColor(colour.r, colour.g, colour.b);
}

void CloudScene::look(double share) {
  vtkCamera* camera = renderer_->GetActiveCamera();
  camera->SetFocalPoint(0, 0, 0);
  camera->SetPosition(1.6, 1.2, 0.9);
  camera->SetViewUp(0, 0, 1);
  fit(share);
}

void CloudScene::fit(double share) {
  const auto points = static_cast<std::size_t>(std::ceil(share * static_cast<double>(drawn_)));
  double bounds[6] = {-1, 1, -1, 1, -1, 1};
  const float* in = coordinates_->GetPointer(0);
  for (std::size_t i = 0; i < std::min(points, drawn_); ++i)
    for (std::size_t a = 0; a < 3; ++a) {
      const auto v = static_cast<double>(in[3 * i + a]);
      bounds[2 * a] = i == 0 ? v : std::min(bounds[2 * a], v);
      bounds[2 * a + 1] = i == 0 ? v : std::max(bounds[2 * a + 1], v);
    }
  double size = 0;
  for (int a = 0; a < 3; ++a) size = std::max(size, bounds[2 * a + 1] - bounds[2 * a]);
  if (!(size > 0))
    for (int a = 0; a < 3; ++a) {
      bounds[2 * a] -= 1;
      bounds[2 * a + 1] += 1;
    }
  renderer_->ResetCamera(bounds);
  if (size > 0) fill_view(std::min(points, drawn_));
  renderer_->ResetCameraClippingRange();
}

void CloudScene::fill_view(std::size_t points) {
  // ResetCamera leaves room for the sphere around the bounds: the cloud itself mostly needs half of that.
  constexpr std::size_t looked_at = 20'000;
  constexpr double share = 0.76;  // of the view; perspective makes what is near larger than reckoned here
  vtkCamera* camera = renderer_->GetActiveCamera();
  camera->OrthogonalizeViewUp();
  std::array<double, 3> focus, forward, up;
  camera->GetFocalPoint(focus.data());
  camera->GetDirectionOfProjection(forward.data());
  camera->GetViewUp(up.data());
  const std::array<double, 3> right{forward[1] * up[2] - forward[2] * up[1],
                                    forward[2] * up[0] - forward[0] * up[2],
                                    forward[0] * up[1] - forward[1] * up[0]};
  const float* in = coordinates_->GetPointer(0);
  double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
  for (std::size_t i = 0; i < points; i += points / looked_at + 1) {
    double at[2] = {};
    for (std::size_t a = 0; a < 3; ++a) {
      const double offset = static_cast<double>(in[3 * i + a]) - focus[a];
      at[0] += offset * right[a];
      at[1] += offset * up[a];
    }
    for (int k = 0; k < 2; ++k) {
      low[k] = std::min(low[k], at[k]);
      high[k] = std::max(high[k], at[k]);
    }
  }
  std::array<double, 3> position;
  camera->GetPosition(position.data());
  for (std::size_t a = 0; a < 3; ++a) {
    const double by = (low[0] + high[0]) / 2 * right[a] + (low[1] + high[1]) / 2 * up[a];
    position[a] += by;
    focus[a] += by;
  }
  camera->SetFocalPoint(focus.data());
  camera->SetPosition(position.data());
  const double half = camera->GetDistance() * std::tan(camera->GetViewAngle() * 3.14159265358979 / 360);
  const double used =
      std::max((high[1] - low[1]) / 2, (high[0] - low[0]) / 2 / renderer_->GetTiledAspectRatio()) / half;
  if (used > 0 && std::isfinite(used)) camera->Dolly(std::min(share / used, 4.0));
}

}  // namespace scaffold::viewer
