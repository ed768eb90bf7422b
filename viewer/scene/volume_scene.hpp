// A label volume in a renderer: which classes, as what, cut how, in how much detail.
//
// Before each picture the scene looks at the camera and chooses what is worth drawing within its budget: fine
// when the view stands still, coarse while it moves (the render window's desired update rate is above 1).
#pragma once
#include <vtkSmartPointer.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scene/before_picture.hpp"
#include "scene/camera.hpp"
#include "scene/clip.hpp"
#include "scene/label_volume.hpp"

class vtkPlane;
class vtkProp3D;
class vtkRenderer;

namespace scaffold::viewer {

class BrickCache;
class LabelPyramid;
struct Brick;

enum class Representation { cubes, points, surface, volume };
inline constexpr const char* representation_names[] = {"cubes", "points", "surface", "volume"};

class VolumeScene {
 public:
  explicit VolumeScene(vtkRenderer* renderer);
  ~VolumeScene();
  VolumeScene(const VolumeScene&) = delete;
  VolumeScene& operator=(const VolumeScene&) = delete;

  /// styles[c]: of class c; styles[0], the background's, is not used. A volume of another extent resets the
  /// clip box.
  void show(std::shared_ptr<const LabelVolume> volume, std::vector<ClassStyle> styles);
  void set_styles(std::vector<ClassStyle> styles);
  void set_representation(Representation representation);
  /// Of surfaces, 0 to 1: how far enclosing_surface() lets points go.
  void set_smoothing(double smoothing);
  /// Only the voxels in [begin, end) are drawn, in voxels of the file.
  void set_clip(const Index3& begin, const Index3& end);
  void set_clip_plane(const std::optional<ClipPlane>& plane);
  /// Bytes of labels and geometry together; the rest of what show() was given goes to geometry.
  void set_budget(std::uint64_t bytes);
  /// Called from another thread when finer voxels have come.
  void on_arrival(std::function<void()> wake);
  /// Finer voxels are being read.
  bool loading() const;

  const std::vector<ClassStyle>& styles() const { return styles_; }
  Representation representation() const { return representation_; }
  const std::optional<ClipPlane>& clip_plane() const { return plane_; }
  std::pair<Index3, Index3> clip() const { return {begin_, end_}; }
  /// Of the volume, in voxels of the file: {0, d, 0, h, 0, w}.
  std::array<double, 6> bounds() const;
  /// What was drawn last: the finest and coarsest step, quads or points, bytes held.
  struct Drawn {
    std::int64_t finest = 1, coarsest = 1;
    std::uint64_t primitives = 0, bytes = 0;
  };
  const Drawn& drawn() const { return drawn_; }

 private:
  void before_picture();
  std::vector<Brick> choose(bool moving);
  void build(const std::vector<Brick>& bricks);
  void build_whole();
  void clear();
  /// `label`: whose it is; 0: of all.
  void add(vtkSmartPointer<vtkProp3D> prop, std::uint8_t label = 0);
  std::vector<bool> opaque() const;
  std::uint64_t primitive_budget(bool moving) const;
  /// The clip box in voxels of a level.
  std::pair<Index3, Index3> clip_at(std::int64_t step) const;

  vtkRenderer* renderer_;
  std::shared_ptr<const LabelPyramid> pyramid_;
  std::unique_ptr<BrickCache> cache_;
  std::function<void()> wake_ = [] {};
  std::vector<ClassStyle> styles_;
  std::vector<bool> present_;  ///< by label: the volume has it
  Representation representation_ = Representation::cubes;
  double smoothing_ = 1;
  Index3 begin_{}, end_{};  ///< in voxels of the file
  std::optional<ClipPlane> plane_;
  vtkSmartPointer<vtkPlane> vtk_plane_;
  std::uint64_t budget_ = std::uint64_t{512} << 20;

  bool stale_ = true;  ///< what is drawn is not what was asked for
  bool moving_ = false;
  unsigned long camera_time_ = 0;
  std::vector<Brick> bricks_;  ///< that are drawn now
  std::vector<vtkSmartPointer<vtkProp3D>> props_;
  std::vector<std::uint8_t> labels_;  ///< of each of them
  std::vector<std::int64_t>
      point_steps_;  ///< of each prop, while they are points: voxels of the file a point
  Drawn drawn_;
  BeforePicture before_picture_;
};

}  // namespace scaffold::viewer
