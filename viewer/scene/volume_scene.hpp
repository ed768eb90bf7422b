// A label volume in a renderer: which classes, as what, cut how.
#pragma once
#include <vtkSmartPointer.h>

#include <array>
#include <memory>
#include <vector>

#include "scene/label_volume.hpp"

class vtkActor;
class vtkCubeAxesActor;
class vtkProp3D;
class vtkRenderer;

namespace scaffold::viewer {

enum class Representation { cubes, points, surface, volume };
/// Where the camera looks from; `iso` from the corner of all three.
enum class Direction { iso, x, y, z };

class VolumeScene {
 public:
  explicit VolumeScene(vtkRenderer* renderer);
  ~VolumeScene();

  /// styles[c]: of class c; styles[0], the background's, is not used.
  void show(std::shared_ptr<const LabelVolume> volume, std::vector<ClassStyle> styles);
  void set_styles(std::vector<ClassStyle> styles);
  void set_representation(Representation representation);
  /// Only the voxels in [begin, end) are drawn, in voxels of the file.
  void set_clip(const std::array<std::int64_t, 3>& begin, const std::array<std::int64_t, 3>& end);
  void set_axes(bool shown);
  void look_from(Direction direction);

  const std::vector<ClassStyle>& styles() const { return styles_; }
  Representation representation() const { return representation_; }

 private:
  void rebuild();
  void clear();
  void add(vtkSmartPointer<vtkProp3D> prop);
  vtkSmartPointer<vtkProp3D> cubes(std::uint8_t label, const std::vector<bool>& drawn) const;
  vtkSmartPointer<vtkProp3D> points(std::uint8_t label) const;
  vtkSmartPointer<vtkProp3D> surface(std::uint8_t label) const;
  vtkSmartPointer<vtkProp3D> ray_cast() const;
  std::array<double, 6> bounds() const;

  vtkRenderer* renderer_;
  std::shared_ptr<const LabelVolume> volume_;
  std::vector<ClassStyle> styles_;
  std::vector<bool> present_;  ///< by label: the volume has it
  Representation representation_ = Representation::cubes;
  std::array<std::int64_t, 3> begin_{}, end_{};  ///< in voxels of volume_
  std::vector<vtkSmartPointer<vtkProp3D>> props_;
  vtkSmartPointer<vtkCubeAxesActor> axes_;
};

}  // namespace scaffold::viewer
