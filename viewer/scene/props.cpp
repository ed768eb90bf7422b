#include "scene/props.hpp"

#include <vtkActor.h>
#include <vtkCellArray.h>
#include <vtkColorTransferFunction.h>
#include <vtkFloatArray.h>
#include <vtkImageData.h>
#include <vtkOpenGLGPUVolumeRayCastMapper.h>
#include <vtkPiecewiseFunction.h>
#include <vtkPointData.h>
#include <vtkPoints.h>
#include <vtkPolyData.h>
#include <vtkPolyDataMapper.h>
#include <vtkProperty.h>
#include <vtkTypeInt32Array.h>
#include <vtkVolume.h>
#include <vtkVolumeProperty.h>

#include <algorithm>
#include <numeric>

namespace scaffold::viewer {
namespace {

template <class T>
vtkSmartPointer<T> make() {
  return vtkSmartPointer<T>::New();
}

/// Three numbers a point.
vtkSmartPointer<vtkFloatArray> to_array(const std::vector<float>& numbers) {
  auto array = make<vtkFloatArray>();
  array->SetNumberOfComponents(3);
  array->SetNumberOfTuples(static_cast<vtkIdType>(numbers.size() / 3));
  std::copy(numbers.begin(), numbers.end(), array->GetPointer(0));
  return array;
}

vtkSmartPointer<vtkPoints> to_points(const std::vector<float>& coordinates) {
  auto points = make<vtkPoints>();
  points->SetData(to_array(coordinates));
  return points;
}

/// Cells of `corners` consecutive points each, in 32-bit numbers.
vtkSmartPointer<vtkCellArray> consecutive(vtkIdType cells, vtkIdType corners) {
  auto connectivity = make<vtkTypeInt32Array>(), offsets = make<vtkTypeInt32Array>();
  connectivity->SetNumberOfValues(cells * corners);
  std::iota(connectivity->GetPointer(0), connectivity->GetPointer(0) + cells * corners, 0);
  offsets->SetNumberOfValues(cells + 1);
  for (vtkIdType i = 0; i <= cells; ++i) offsets->SetValue(i, static_cast<int>(i * corners));
  auto array = make<vtkCellArray>();
  array->SetData(offsets, connectivity);
  return array;
}

vtkSmartPointer<vtkActor> actor(vtkPolyData* mesh, const ClassStyle& style) {
  auto mapper = make<vtkPolyDataMapper>();
  mapper->SetInputData(mesh);
  mapper->ScalarVisibilityOff();
  mapper->StaticOn();
  auto result = make<vtkActor>();
  result->SetMapper(mapper);
  restyle(result, style);
  vtkProperty* property = result->GetProperty();
  property->SetAmbient(0.3);
  property->SetDiffuse(0.75);
  return result;
}

/// The labels as VTK's image, whose x runs fastest: x is D.
vtkSmartPointer<vtkImageData> to_image(const LabelVolume& volume, const Index3& begin, const Index3& end) {
  auto image = make<vtkImageData>();
  const auto step = static_cast<double>(volume.step);
  std::array<int, 3> size{};
  for (std::size_t axis = 0; axis < 3; ++axis) size[axis] = static_cast<int>(end[axis] - begin[axis]);
  // A sample stands in the middle of its voxel.
  image->SetDimensions(size[0], size[1], size[2]);
  image->SetSpacing(step, step, step);
  image->SetOrigin(step * (static_cast<double>(begin[0]) + 0.5), step * (static_cast<double>(begin[1]) + 0.5),
                   step * (static_cast<double>(begin[2]) + 0.5));
  image->AllocateScalars(VTK_UNSIGNED_CHAR, 1);
  auto* out = static_cast<std::uint8_t*>(image->GetScalarPointer());
  const auto row = static_cast<std::int64_t>(size[0]), plane = row * size[1];
  std::fill_n(out, plane * size[2], std::uint8_t{0});
  for (std::int64_t d = begin[0]; d < end[0]; ++d)
    for (std::int64_t h = begin[1]; h < end[1]; ++h)
      for (std::int64_t w = begin[2]; w < end[2]; ++w)
        if (const auto label = volume.at(d, h, w))
          out[(w - begin[2]) * plane + (h - begin[1]) * row + (d - begin[0])] = label;
  return image;
}

}  // namespace

void restyle(vtkActor* prop, const ClassStyle& style) {
  vtkProperty* property = prop->GetProperty();
  property->SetColor(style.color.r, style.color.g, style.color.b);
  property->SetOpacity(style.opacity);
}

void restyle(vtkVolume* prop, const std::vector<ClassStyle>& styles) {
  auto colors = make<vtkColorTransferFunction>();
  auto opacity = make<vtkPiecewiseFunction>();
  opacity->AddPoint(0, 0);
  for (std::size_t c = 1; c < styles.size(); ++c) {
    const auto& style = styles[c];
    const auto at = static_cast<double>(c);
    colors->AddRGBPoint(at, style.color.r, style.color.g, style.color.b);
    // A step around each class: labels are names, not amounts, so nothing lies between two of them.
    opacity->AddPoint(at - 0.5, 0, 0.5, 1);
    opacity->AddPoint(at, style.visible ? 0.9 * static_cast<double>(style.opacity) : 0, 0.5, 1);
    opacity->AddPoint(at + 0.499, 0, 0.5, 1);
  }
  prop->GetProperty()->SetColor(colors);
  prop->GetProperty()->SetScalarOpacity(opacity);
}

vtkSmartPointer<vtkActor> face_prop(const FaceMesh& mesh, const ClassStyle& style) {
  auto data = make<vtkPolyData>();
  data->SetPoints(to_points(mesh.corners));
  data->SetPolys(consecutive(static_cast<vtkIdType>(mesh.quads()), 4));
  auto result = actor(data, style);
  // Flat: the renderer takes the normal from the face, so none is stored.
  result->GetProperty()->SetInterpolationToFlat();
  if (style.opacity >= 1) result->GetProperty()->BackfaceCullingOn();
  return result;
}

vtkSmartPointer<vtkActor> point_prop(const std::vector<float>& centers, const ClassStyle& style,
                                     float pixels) {
  auto data = make<vtkPolyData>();
  data->SetPoints(to_points(centers));
  data->SetVerts(consecutive(static_cast<vtkIdType>(centers.size() / 3), 1));
  auto result = actor(data, style);
  result->GetProperty()->SetPointSize(pixels);
  result->GetProperty()->SetLighting(false);
  return result;
}

vtkSmartPointer<vtkActor> surface_prop(const SurfaceMesh& mesh, const ClassStyle& style) {
  // A point for each corner: it has another normal in each quad where the surface is sharp.
  std::vector<float> corners;
  corners.reserve(3 * mesh.quads.size());
  for (const std::int32_t point : mesh.quads)
    for (std::size_t axis = 0; axis < 3; ++axis)
      corners.push_back(mesh.points[3 * static_cast<std::size_t>(point) + axis]);
  auto data = make<vtkPolyData>();
  data->SetPoints(to_points(corners));
  data->GetPointData()->SetNormals(to_array(mesh.normals));
  data->SetPolys(consecutive(static_cast<vtkIdType>(mesh.quads.size() / 4), 4));
  auto result = actor(data, style);
  if (style.opacity >= 1) result->GetProperty()->BackfaceCullingOn();
  return result;
}

vtkSmartPointer<vtkVolume> ray_prop(const LabelVolume& volume, const std::vector<ClassStyle>& styles,
                                    const Index3& begin, const Index3& end) {
  auto mapper = make<vtkOpenGLGPUVolumeRayCastMapper>();
  mapper->SetInputData(to_image(volume, begin, end));
  mapper->SetBlendModeToComposite();
  mapper->AutoAdjustSampleDistancesOff();
  mapper->UseJitteringOff();
  auto result = make<vtkVolume>();
  result->SetMapper(mapper);
  restyle(result, styles);
  result->GetProperty()->SetInterpolationTypeToNearest();
  result->GetProperty()->SetScalarOpacityUnitDistance(static_cast<double>(volume.step));
  result->GetProperty()->ShadeOff();
  set_ray_quality(result, false, volume.step);
  return result;
}

void set_ray_quality(vtkVolume* prop, bool moving, std::int64_t step) {
  auto* mapper = vtkOpenGLGPUVolumeRayCastMapper::SafeDownCast(prop->GetMapper());
  const auto voxel = static_cast<double>(step);
  mapper->SetImageSampleDistance(moving ? 3.f : 1.f);
  mapper->SetSampleDistance(static_cast<float>((moving ? 1.5 : 0.5) * voxel));
}

}  // namespace scaffold::viewer
