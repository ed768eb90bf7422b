#include "scene/volume_scene.hpp"

#include <vtkActor.h>
#include <vtkCamera.h>
#include <vtkCellArray.h>
#include <vtkCellData.h>
#include <vtkColorTransferFunction.h>
#include <vtkCubeAxesActor.h>
#include <vtkDiscreteFlyingEdges3D.h>
#include <vtkFloatArray.h>
#include <vtkIdTypeArray.h>
#include <vtkImageData.h>
#include <vtkPiecewiseFunction.h>
#include <vtkPointData.h>
#include <vtkPoints.h>
#include <vtkPolyData.h>
#include <vtkPolyDataMapper.h>
#include <vtkProperty.h>
#include <vtkRenderer.h>
#include <vtkSmartVolumeMapper.h>
#include <vtkTextProperty.h>
#include <vtkUnsignedCharArray.h>
#include <vtkVolume.h>
#include <vtkVolumeProperty.h>
#include <vtkWindowedSincPolyDataFilter.h>

#include <algorithm>

#include "scene/label_mesh.hpp"

namespace scaffold::viewer {
namespace {

template <class T>
vtkSmartPointer<T> make() {
  return vtkSmartPointer<T>::New();
}

vtkSmartPointer<vtkPoints> to_points(const std::vector<float>& coordinates) {
  auto array = make<vtkFloatArray>();
  array->SetNumberOfComponents(3);
  array->SetNumberOfTuples(static_cast<vtkIdType>(coordinates.size() / 3));
  std::copy(coordinates.begin(), coordinates.end(), array->GetPointer(0));
  auto points = make<vtkPoints>();
  points->SetData(array);
  return points;
}

/// Cells of `corners` consecutive points each.
vtkSmartPointer<vtkCellArray> consecutive(vtkIdType cells, vtkIdType corners) {
  auto connectivity = make<vtkIdTypeArray>();
  connectivity->SetNumberOfValues(cells * corners);
  for (vtkIdType i = 0; i < cells * corners; ++i) connectivity->SetValue(i, i);
  auto array = make<vtkCellArray>();
  array->SetData(corners, connectivity);
  return array;
}

vtkSmartPointer<vtkActor> actor(vtkPolyData* mesh, const ClassStyle& style) {
  auto mapper = make<vtkPolyDataMapper>();
  mapper->SetInputData(mesh);
  mapper->ScalarVisibilityOff();
  auto result = make<vtkActor>();
  result->SetMapper(mapper);
  vtkProperty* property = result->GetProperty();
  property->SetColor(style.colour.r, style.colour.g, style.colour.b);
  property->SetOpacity(style.opacity);
  property->SetAmbient(0.25);
  property->SetDiffuse(0.8);
  return result;
}

}  // namespace

VolumeScene::VolumeScene(vtkRenderer* renderer) : renderer_(renderer), axes_(make<vtkCubeAxesActor>()) {
  axes_->SetCamera(renderer_->GetActiveCamera());
  axes_->SetFlyModeToOuterEdges();
  axes_->SetXTitle("D (voxels)");
  axes_->SetYTitle("H (voxels)");
  axes_->SetZTitle("W (voxels)");
  for (int axis = 0; axis < 3; ++axis) {
    axes_->GetTitleTextProperty(axis)->SetColor(0.55, 0.55, 0.55);
    axes_->GetLabelTextProperty(axis)->SetColor(0.55, 0.55, 0.55);
  }
  axes_->GetXAxesLinesProperty()->SetColor(0.5, 0.5, 0.5);
  axes_->GetYAxesLinesProperty()->SetColor(0.5, 0.5, 0.5);
  axes_->GetZAxesLinesProperty()->SetColor(0.5, 0.5, 0.5);
  axes_->XAxisMinorTickVisibilityOff();
  axes_->YAxisMinorTickVisibilityOff();
  axes_->ZAxisMinorTickVisibilityOff();
  axes_->VisibilityOff();
  renderer_->AddActor(axes_);
}

VolumeScene::~VolumeScene() {
  clear();
  renderer_->RemoveActor(axes_);
}

void VolumeScene::show(std::shared_ptr<const LabelVolume> volume, std::vector<ClassStyle> styles) {
  const bool first = !volume_ || volume_->extent != volume->extent || volume_->step != volume->step;
  volume_ = std::move(volume);
  styles_ = std::move(styles);
  present_.assign(256, false);
  for (const auto label : volume_->labels) present_[label] = true;
  if (first) {
    begin_ = {0, 0, 0};
    end_ = volume_->extent;
  }
  rebuild();
  if (first) look_from(Direction::iso);
}

void VolumeScene::set_styles(std::vector<ClassStyle> styles) {
  styles_ = std::move(styles);
  rebuild();
}

void VolumeScene::set_representation(Representation representation) {
  representation_ = representation;
  rebuild();
}

void VolumeScene::set_clip(const std::array<std::int64_t, 3>& begin, const std::array<std::int64_t, 3>& end) {
  if (!volume_) return;
  for (int axis = 0; axis < 3; ++axis) {
    begin_[axis] = std::clamp<std::int64_t>(begin[axis] / volume_->step, 0, volume_->extent[axis]);
    end_[axis] = std::clamp<std::int64_t>((end[axis] + volume_->step - 1) / volume_->step, begin_[axis],
                                          volume_->extent[axis]);
  }
  rebuild();
}

void VolumeScene::set_axes(bool shown) { axes_->SetVisibility(shown); }

void VolumeScene::clear() {
  for (const auto& prop : props_) renderer_->RemoveViewProp(prop);
  props_.clear();
}

void VolumeScene::add(vtkSmartPointer<vtkProp3D> prop) {
  renderer_->AddViewProp(prop);
  props_.push_back(std::move(prop));
}

std::array<double, 6> VolumeScene::bounds() const {
  const auto step = static_cast<double>(volume_->step);
  std::array<double, 6> result{};
  for (std::size_t axis = 0; axis < 3; ++axis)
    result[2 * axis + 1] = step * static_cast<double>(volume_->extent[axis]);
  return result;
}

void VolumeScene::rebuild() {
  clear();
  if (!volume_) return;
  axes_->SetBounds(bounds().data());
  if (representation_ == Representation::volume) {
    add(ray_cast());
    return;
  }
  std::vector<bool> opaque(styles_.size());
  for (std::size_t c = 1; c < styles_.size(); ++c) opaque[c] = styles_[c].visible && styles_[c].opacity >= 1;
  for (std::size_t c = 1; c < styles_.size(); ++c) {
    if (!styles_[c].visible || styles_[c].opacity <= 0 || !present_[c]) continue;
    const auto label = static_cast<std::uint8_t>(c);
    if (representation_ == Representation::cubes)
      add(cubes(label, opaque));
    else
      add(representation_ == Representation::points ? points(label) : surface(label));
  }
}

vtkSmartPointer<vtkProp3D> VolumeScene::cubes(std::uint8_t label, const std::vector<bool>& drawn) const {
  const FaceMesh mesh = visible_faces(*volume_, label, drawn, begin_, end_);
  auto data = make<vtkPolyData>();
  data->SetPoints(to_points(mesh.corners));
  data->SetPolys(consecutive(static_cast<vtkIdType>(mesh.quads()), 4));
  auto normals = make<vtkFloatArray>();
  normals->SetNumberOfComponents(3);
  normals->SetNumberOfTuples(static_cast<vtkIdType>(4 * mesh.quads()));
  for (std::size_t q = 0; q < mesh.quads(); ++q) {
    float normal[3] = {};
    normal[std::abs(mesh.normals[q]) - 1] = mesh.normals[q] > 0 ? 1.f : -1.f;
    for (vtkIdType corner = 0; corner < 4; ++corner)
      normals->SetTypedTuple(4 * static_cast<vtkIdType>(q) + corner, normal);
  }
  data->GetPointData()->SetNormals(normals);
  return actor(data, styles_[label]);
}

vtkSmartPointer<vtkProp3D> VolumeScene::points(std::uint8_t label) const {
  const auto centres = voxel_centres(*volume_, label, begin_, end_);
  auto data = make<vtkPolyData>();
  data->SetPoints(to_points(centres));
  data->SetVerts(consecutive(static_cast<vtkIdType>(centres.size() / 3), 1));
  auto result = actor(data, styles_[label]);
  result->GetProperty()->SetPointSize(3);
  result->GetProperty()->SetLighting(false);
  return result;
}

namespace {

/// The labels as VTK's image, whose x runs fastest: x is W, so the props are turned (see turn).
vtkSmartPointer<vtkImageData> to_image(const LabelVolume& volume, const std::array<std::int64_t, 3>& begin,
                                       const std::array<std::int64_t, 3>& end, int margin) {
  auto image = make<vtkImageData>();
  const auto step = static_cast<double>(volume.step);
  std::array<int, 3> size{};
  for (std::size_t axis = 0; axis < 3; ++axis)
    size[axis] = static_cast<int>(end[axis] - begin[axis]) + 2 * margin;
  // A sample stands in the middle of its voxel.
  image->SetDimensions(size[0], size[1], size[2]);
  image->SetSpacing(step, step, step);
  image->SetOrigin(step * (static_cast<double>(begin[0]) + 0.5 - margin),
                   step * (static_cast<double>(begin[1]) + 0.5 - margin),
                   step * (static_cast<double>(begin[2]) + 0.5 - margin));
  image->AllocateScalars(VTK_UNSIGNED_CHAR, 1);
  auto* out = static_cast<std::uint8_t*>(image->GetScalarPointer());
  std::fill_n(out,
              static_cast<std::size_t>(size[0]) * static_cast<std::size_t>(size[1]) *
                  static_cast<std::size_t>(size[2]),
              std::uint8_t{0});
  for (std::int64_t d = begin[0]; d < end[0]; ++d)
    for (std::int64_t h = begin[1]; h < end[1]; ++h)
      for (std::int64_t w = begin[2]; w < end[2]; ++w)
        if (const auto label = volume.at(d, h, w))
          out[(static_cast<std::size_t>(w - begin[2] + margin) * static_cast<std::size_t>(size[1]) +
               static_cast<std::size_t>(h - begin[1] + margin)) *
                  static_cast<std::size_t>(size[0]) +
              static_cast<std::size_t>(d - begin[0] + margin)] = label;
  return image;
}

}  // namespace

vtkSmartPointer<vtkProp3D> VolumeScene::surface(std::uint8_t label) const {
  // A margin of background closes the surface at the volume's border.
  auto edges = make<vtkDiscreteFlyingEdges3D>();
  edges->SetInputData(to_image(*volume_, begin_, end_, 1));
  edges->SetValue(0, label);
  edges->ComputeNormalsOff();
  auto smooth = make<vtkWindowedSincPolyDataFilter>();
  smooth->SetInputConnection(edges->GetOutputPort());
  smooth->SetNumberOfIterations(12);
  smooth->SetPassBand(0.1);
  smooth->NonManifoldSmoothingOn();
  smooth->NormalizeCoordinatesOn();
  smooth->Update();
  return actor(smooth->GetOutput(), styles_[label]);
}

vtkSmartPointer<vtkProp3D> VolumeScene::ray_cast() const {
  auto mapper = make<vtkSmartVolumeMapper>();
  mapper->SetInputData(to_image(*volume_, begin_, end_, 0));
  mapper->SetBlendModeToComposite();
  mapper->SetRequestedRenderModeToGPU();
  mapper->SetInteractiveUpdateRate(10);
  auto colours = make<vtkColorTransferFunction>();
  auto opacity = make<vtkPiecewiseFunction>();
  opacity->AddPoint(0, 0);
  for (std::size_t c = 1; c < styles_.size(); ++c) {
    const auto& style = styles_[c];
    const auto at = static_cast<double>(c);
    colours->AddRGBPoint(at, style.colour.r, style.colour.g, style.colour.b);
    // A step around each class: labels are names, not amounts, so nothing lies between two of them.
    opacity->AddPoint(at - 0.5, 0, 0.5, 1);
    opacity->AddPoint(at, style.visible ? 0.9 * style.opacity : 0, 0.5, 1);
    opacity->AddPoint(at + 0.499, 0, 0.5, 1);
  }
  auto result = make<vtkVolume>();
  result->SetMapper(mapper);
  result->GetProperty()->SetColor(colours);
  result->GetProperty()->SetScalarOpacity(opacity);
  result->GetProperty()->SetInterpolationTypeToNearest();
  result->GetProperty()->SetScalarOpacityUnitDistance(static_cast<double>(volume_->step));
  result->GetProperty()->ShadeOff();
  return result;
}

void VolumeScene::look_from(Direction direction) {
  if (!volume_) return;
  const auto b = bounds();
  const double centre[3] = {(b[0] + b[1]) / 2, (b[2] + b[3]) / 2, (b[4] + b[5]) / 2};
  double from[3] = {1.2, 0.8, 1.6}, up[3] = {0, 1, 0};
  if (direction != Direction::iso) {
    from[0] = direction == Direction::x;
    from[1] = direction == Direction::y;
    from[2] = direction == Direction::z;
    if (direction == Direction::y) {
      up[1] = 0;
      up[2] = -1;
    }
  }
  vtkCamera* camera = renderer_->GetActiveCamera();
  camera->SetFocalPoint(centre);
  camera->SetPosition(centre[0] + from[0], centre[1] + from[1], centre[2] + from[2]);
  camera->SetViewUp(up);
  renderer_->ResetCamera(b.data());
}

}  // namespace scaffold::viewer
