// A continuous field in a renderer, by ray casting on the GPU.
#pragma once
#include <vtkSmartPointer.h>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "scene/before_picture.hpp"
#include "scene/clip.hpp"
#include "scene/slice.hpp"
#include "scene/transfer.hpp"

class vtkColorTransferFunction;
class vtkGPUVolumeRayCastMapper;
class vtkPiecewiseFunction;
class vtkPlane;
class vtkRenderer;
class vtkVolume;

namespace scaffold::viewer {

class FieldScene {
 public:
  explicit FieldScene(vtkRenderer* renderer);
  ~FieldScene();
  FieldScene(const FieldScene&) = delete;
  FieldScene& operator=(const FieldScene&) = delete;

  /// values[(d·h' + h)·w' + w] in [0, 1] for extent (d', h', w'): one sample in the middle of each voxel. An
  /// empty field draws nothing.
  void show(const std::vector<float>& values, const std::array<std::int64_t, 3>& extent);
  void set_transfer(const TransferFunction& transfer);
  /// As VolumeScene has them.
  void set_clip(const Index3& begin, const Index3& end);
  void set_clip_plane(const std::optional<ClipPlane>& plane);

 private:
  /// Fast rather than fine while the view moves (the render window's desired update rate is above 1).
  void before_picture();

  vtkRenderer* renderer_;
  vtkSmartPointer<vtkGPUVolumeRayCastMapper> mapper_;
  vtkSmartPointer<vtkVolume> volume_;
  vtkSmartPointer<vtkColorTransferFunction> colors_;
  vtkSmartPointer<vtkPiecewiseFunction> opacity_;
  vtkSmartPointer<vtkPlane> plane_;
  BeforePicture before_picture_;
};

/// A plane of the field in the ramp's colors; the axes as slice() has them.
SlicePicture field_slice(const std::vector<float>& values, const std::array<std::int64_t, 3>& extent,
                         int axis, std::int64_t index);

}  // namespace scaffold::viewer
