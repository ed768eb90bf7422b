#include "scene/field_scene.hpp"

#include <vtkColorTransferFunction.h>
#include <vtkGPUVolumeRayCastMapper.h>
#include <vtkImageData.h>
#include <vtkPiecewiseFunction.h>
#include <vtkPlane.h>
#include <vtkRenderWindow.h>
#include <vtkRenderer.h>
#include <vtkVolume.h>
#include <vtkVolumeProperty.h>

#include <cmath>

namespace scaffold::viewer {

FieldScene::FieldScene(vtkRenderer* renderer)
    : renderer_(renderer),
      mapper_(vtkSmartPointer<vtkGPUVolumeRayCastMapper>::New()),
      volume_(vtkSmartPointer<vtkVolume>::New()),
      colors_(vtkSmartPointer<vtkColorTransferFunction>::New()),
      opacity_(vtkSmartPointer<vtkPiecewiseFunction>::New()),
      plane_(vtkSmartPointer<vtkPlane>::New()),
      before_picture_(renderer, [this] { before_picture(); }) {
  mapper_->SetBlendModeToComposite();
  mapper_->AutoAdjustSampleDistancesOff();
  for (int i = 0; i <= 32; ++i) {
    const float value = static_cast<float>(i) / 32;
    const Rgb color = ramp(value);
    colors_->AddRGBPoint(static_cast<double>(value), static_cast<double>(color.r),
                         static_cast<double>(color.g), static_cast<double>(color.b));
  }
  volume_->GetProperty()->SetColor(colors_);
  volume_->GetProperty()->SetScalarOpacity(opacity_);
  volume_->GetProperty()->SetInterpolationTypeToLinear();
  volume_->GetProperty()->SetScalarOpacityUnitDistance(0.5);
  volume_->GetProperty()->ShadeOff();
  set_transfer({});
}

FieldScene::~FieldScene() { renderer_->RemoveViewProp(volume_); }

void FieldScene::show(const std::vector<float>& values, const std::array<std::int64_t, 3>& extent) {
  renderer_->RemoveViewProp(volume_);
  if (values.empty()) return;
  // As in VolumeScene, x is D: the axis that runs slowest in `values` runs fastest in VTK's image.
  auto image = vtkSmartPointer<vtkImageData>::New();
  image->SetDimensions(static_cast<int>(extent[0]), static_cast<int>(extent[1]), static_cast<int>(extent[2]));
  image->SetOrigin(0.5, 0.5, 0.5);
  image->AllocateScalars(VTK_FLOAT, 1);
  auto* out = static_cast<float*>(image->GetScalarPointer());
  const auto d_end = static_cast<std::size_t>(extent[0]), h_end = static_cast<std::size_t>(extent[1]),
             w_end = static_cast<std::size_t>(extent[2]);
  for (std::size_t d = 0; d < d_end; ++d)
    for (std::size_t h = 0; h < h_end; ++h)
      for (std::size_t w = 0; w < w_end; ++w)
        out[(w * h_end + h) * d_end + d] = values[(d * h_end + h) * w_end + w];
  mapper_->SetInputData(image);
  volume_->SetMapper(mapper_);
  renderer_->AddViewProp(volume_);
}

void FieldScene::set_transfer(const TransferFunction& transfer) {
  opacity_->RemoveAllPoints();
  for (const auto& [value, opacity] : transfer.points)
    opacity_->AddPoint(static_cast<double>(value), static_cast<double>(opacity));
}

void FieldScene::set_clip(const Index3& begin, const Index3& end) {
  double planes[6];
  for (std::size_t axis = 0; axis < 3; ++axis) {
    planes[2 * axis] = static_cast<double>(begin[axis]);
    planes[2 * axis + 1] = static_cast<double>(end[axis]);
  }
  mapper_->SetCroppingRegionPlanes(planes);
  mapper_->SetCroppingRegionFlagsToSubVolume();
  mapper_->CroppingOn();
}

void FieldScene::set_clip_plane(const std::optional<ClipPlane>& plane) {
  mapper_->RemoveAllClippingPlanes();
  if (!plane) return;
  set_plane(plane_, *plane);
  mapper_->AddClippingPlane(plane_);
}

void FieldScene::before_picture() {
  const bool moving = renderer_->GetRenderWindow()->GetDesiredUpdateRate() > 1;
  mapper_->SetSampleDistance(moving ? 2 : 0.5f);
  mapper_->SetImageSampleDistance(moving ? 2 : 1);
}

SlicePicture field_slice(const std::vector<float>& values, const std::array<std::int64_t, 3>& extent,
                         int axis, std::int64_t index) {
  const auto [down, right] = plane_axes(axis);
  const auto rows = extent[static_cast<std::size_t>(down)], columns = extent[static_cast<std::size_t>(right)];
  SlicePicture picture{static_cast<int>(columns), static_cast<int>(rows), {}};
  picture.rgba.reserve(static_cast<std::size_t>(rows * columns) * 4);
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t column = 0; column < columns; ++column) {
      const auto at = voxel_of(axis, index, column, row);
      const Rgb color =
          ramp(values[static_cast<std::size_t>((at[0] * extent[1] + at[1]) * extent[2] + at[2])]);
      for (const float part : {color.r, color.g, color.b})
        picture.rgba.push_back(static_cast<std::uint8_t>(std::lround(255 * part)));
      picture.rgba.push_back(255);
    }
  return picture;
}

}  // namespace scaffold::viewer
