#include "scene/volume_scene.hpp"

#include <vtkAbstractMapper.h>
#include <vtkActor.h>
#include <vtkCamera.h>
#include <vtkMapper.h>
#include <vtkPlane.h>
#include <vtkProperty.h>
#include <vtkRenderWindow.h>
#include <vtkRenderer.h>
#include <vtkVolume.h>
#include <vtkVolumeMapper.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "scene/brick_cache.hpp"
#include "scene/camera.hpp"
#include "scene/label_mesh.hpp"
#include "scene/label_pyramid.hpp"
#include "scene/props.hpp"

namespace scaffold::viewer {
namespace {

// Measured on Mesa's llvmpipe with 2 cores at 800 × 600 (docs/viewer.md): what still gives 30 pictures a
// second.
constexpr std::uint64_t moving_faces = 90'000, moving_points = 400'000;
constexpr std::uint64_t bytes_a_face = 160, bytes_a_point = 40;  // in VTK and on the GPU
constexpr std::uint64_t max_faces = 1'500'000, max_points = 6'000'000;
constexpr std::int64_t surface_voxels = std::int64_t{256} * 256 * 256;

std::int64_t product(const Index3& extent) { return extent[0] * extent[1] * extent[2]; }

}  // namespace

VolumeScene::VolumeScene(vtkRenderer* renderer)
    : renderer_(renderer),
      vtk_plane_(vtkSmartPointer<vtkPlane>::New()),
      before_picture_(renderer, [this] { before_picture(); }) {}

VolumeScene::~VolumeScene() { clear(); }

void VolumeScene::show(std::shared_ptr<const LabelVolume> volume, std::vector<ClassStyle> styles) {
  cache_.reset();
  const bool first = !pyramid_;
  const Index3 before = pyramid_ ? pyramid_->extent() : Index3{};
  pyramid_ = std::make_shared<LabelPyramid>(std::move(volume));
  styles_ = std::move(styles);
  present_.assign(256, false);
  // The coarsest level that still has every label is not known to have it: look at the finest.
  for (const auto label : pyramid_->level(pyramid_->base_level()).labels) present_[label] = true;
  if (pyramid_->level(pyramid_->base_level()).finer) {
    const std::uint64_t left = budget_ > pyramid_->bytes() ? budget_ - pyramid_->bytes() : 0;
    cache_ = std::make_unique<BrickCache>(pyramid_, std::max<std::uint64_t>(left / 2, 1 << 20), wake_);
  }
  if (first || before != pyramid_->extent()) {
    begin_ = {0, 0, 0};
    end_ = pyramid_->extent();
  }
  stale_ = true;
}

void VolumeScene::set_styles(std::vector<ClassStyle> styles) {
  std::swap(styles_, styles);
  const auto same_shape = [](const ClassStyle& a, const ClassStyle& b) {
    return a.visible == b.visible && (a.opacity >= 1) == (b.opacity >= 1) &&
           (a.opacity > 0) == (b.opacity > 0);
  };
  if (!std::ranges::equal(styles_, styles, same_shape)) stale_ = true;
  // Colors and shades of what is drawn change without making it again.
  for (std::size_t i = 0; !stale_ && i < props_.size(); ++i) {
    if (auto* volume = vtkVolume::SafeDownCast(props_[i]))
      restyle(volume, styles_);
    else
      restyle(vtkActor::SafeDownCast(props_[i]), styles_[labels_[i]]);
  }
}

void VolumeScene::set_representation(Representation representation) {
  representation_ = representation;
  stale_ = true;
}

void VolumeScene::set_smoothing(double smoothing) {
  stale_ |= smoothing != smoothing_ && representation_ == Representation::surface;
  smoothing_ = smoothing;
}

void VolumeScene::set_clip(const Index3& begin, const Index3& end) {
  if (!pyramid_) return;
  const auto before = clip();
  const Index3 whole = pyramid_->extent();
  for (std::size_t axis = 0; axis < 3; ++axis) {
    begin_[axis] = std::clamp<std::int64_t>(begin[axis], 0, whole[axis]);
    end_[axis] = std::clamp<std::int64_t>(end[axis], begin_[axis], whole[axis]);
  }
  if (clip() != before) stale_ = true;
}

void VolumeScene::set_clip_plane(const std::optional<ClipPlane>& plane) {
  if (plane == plane_) return;
  plane_ = plane;
  if (plane_) set_plane(vtk_plane_, *plane_);
  stale_ = true;
}

void VolumeScene::set_budget(std::uint64_t bytes) {
  budget_ = bytes;
  stale_ = true;
}

void VolumeScene::on_arrival(std::function<void()> wake) { wake_ = std::move(wake); }
bool VolumeScene::loading() const { return cache_ && cache_->busy(); }

std::array<double, 6> VolumeScene::bounds() const {
  std::array<double, 6> result{0, 1, 0, 1, 0, 1};
  if (pyramid_)
    for (std::size_t axis = 0; axis < 3; ++axis)
      result[2 * axis + 1] = static_cast<double>(pyramid_->extent()[axis]);
  return result;
}

std::pair<Index3, Index3> VolumeScene::clip_at(std::int64_t step) const {
  std::pair<Index3, Index3> box;
  const Index3 whole = pyramid_->extent();
  for (std::size_t axis = 0; axis < 3; ++axis) {
    box.first[axis] = begin_[axis] / step;
    box.second[axis] = std::min((end_[axis] + step - 1) / step, (whole[axis] + step - 1) / step);
  }
  return box;
}

void VolumeScene::clear() {
  for (const auto& prop : props_) renderer_->RemoveViewProp(prop);
  props_.clear();
  labels_.clear();
  point_steps_.clear();
}

void VolumeScene::add(vtkSmartPointer<vtkProp3D> prop, std::uint8_t label) {
  if (plane_) {
    vtkAbstractMapper* mapper = nullptr;
    if (auto* actor = vtkActor::SafeDownCast(prop)) {
      mapper = actor->GetMapper();
      actor->GetProperty()->BackfaceCullingOff();  // one looks into what is cut
    } else if (auto* volume = vtkVolume::SafeDownCast(prop)) {
      mapper = volume->GetMapper();
    }
    if (mapper) mapper->AddClippingPlane(vtk_plane_);
  }
  renderer_->AddViewProp(prop);
  props_.push_back(std::move(prop));
  labels_.push_back(label);
}

std::vector<bool> VolumeScene::opaque() const {
  std::vector<bool> result(styles_.size());
  for (std::size_t c = 1; c < styles_.size(); ++c) result[c] = styles_[c].visible && styles_[c].opacity >= 1;
  return result;
}

std::uint64_t VolumeScene::primitive_budget(bool moving) const {
  const bool points = representation_ == Representation::points;
  const std::uint64_t held = pyramid_->bytes() + (cache_ ? cache_->bytes() : 0);
  const std::uint64_t left = budget_ > held ? budget_ - held : 0;
  const std::uint64_t fits = std::clamp<std::uint64_t>(left / (points ? bytes_a_point : bytes_a_face), 20'000,
                                                       points ? max_points : max_faces);
  return moving ? std::min(fits, points ? moving_points : moving_faces) : fits;
}

std::vector<Brick> VolumeScene::choose(bool moving) {
  const int* size = renderer_->GetSize();
  const Sight sight(renderer_, std::max(size[0], 1), std::max(size[1], 1));
  const bool points = representation_ == Representation::points;
  const auto box = [&](const Brick& brick) {
    const auto [begin, end] = pyramid_->box(brick);
    const auto step = static_cast<double>(std::int64_t{1} << brick.level);
    std::pair<std::array<double, 3>, std::array<double, 3>> result;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      result.first[axis] =
          std::max(static_cast<double>(begin[axis]) * step, static_cast<double>(begin_[axis]));
      result.second[axis] = std::min(static_cast<double>(end[axis]) * step, static_cast<double>(end_[axis]));
    }
    return result;
  };
  Detail detail;
  detail.budget = primitive_budget(moving);
  detail.pixels_per_voxel = [&](const Brick& brick) {
    const auto [low, high] = box(brick);
    return low[0] >= high[0] || low[1] >= high[1] || low[2] >= high[2] ? 0 : sight.pixels(low, high);
  };
  detail.cost = [&](const Brick& brick) -> std::uint64_t {
    const auto [low, high] = box(brick);
    if (low[0] >= high[0] || low[1] >= high[1] || low[2] >= high[2]) return 0;  // cut away
    const BrickCost cost = pyramid_->cost(brick);
    return points ? cost.voxels : cost.faces;
  };
  // No more finer bricks than can be held at once, or they would drive each other out for ever.
  std::size_t places = cache_ ? cache_->places() : 0;
  detail.ready = [&](const Brick& brick) {
    if (brick.level >= pyramid_->base_level()) return Readiness::there;
    if (places == 0) return Readiness::never;
    --places;
    return cache_->has(brick) ? Readiness::there : Readiness::wanted;
  };
  // Where all of the finest level fits, there is nothing to choose, however small it appears.
  const BrickCost all = pyramid_->total(pyramid_->base_level());
  if (!cache_ && (points ? all.voxels : all.faces) <= detail.budget)
    detail.pixels_per_voxel = [](const Brick&) { return 1e9; };
  std::vector<Brick> wanted;
  auto chosen = choose_bricks(*pyramid_, detail, wanted);
  if (cache_ && !moving) cache_->want(wanted);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

void VolumeScene::build(const std::vector<Brick>& bricks) {
  clear();
  drawn_ = {};
  const auto hides = opaque();
  const bool points = representation_ == Representation::points;
  int finest = 99, coarsest = -1;
  for (const Brick& brick : bricks) {
    finest = std::min(finest, brick.level);
    coarsest = std::max(coarsest, brick.level);
  }
  if (coarsest >= 0) drawn_ = {std::int64_t{1} << finest, std::int64_t{1} << coarsest, 0, 0};
  const auto source = [&](const Brick& brick) -> std::pair<std::shared_ptr<const LabelVolume>, MeshBox> {
    const std::int64_t step = std::int64_t{1} << brick.level;
    const auto [begin, end] = pyramid_->box(brick);
    const auto [low, high] = clip_at(step);
    MeshBox box;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      box.begin[axis] = std::max(begin[axis], low[axis]);
      box.end[axis] = std::max(std::min(end[axis], high[axis]), box.begin[axis]);
    }
    box.seen_begin = low;
    box.seen_end = high;
    // Beside finer bricks a coarse one's faces may lie open.
    if (brick.level > finest) {
      box.seen_begin = box.begin;
      box.seen_end = box.end;
    }
    if (brick.level >= pyramid_->base_level()) return {pyramid_->shared(brick.level), box};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      box.begin[axis] -= begin[axis];
      box.end[axis] -= begin[axis];
      box.origin[axis] = begin[axis] * step;
    }
    box.seen_begin = box.begin;
    box.seen_end = box.end;
    return {cache_->find(brick), box};
  };
  for (std::size_t c = 1; c < styles_.size(); ++c) {
    const ClassStyle& style = styles_[c];
    // What a reduced base has lost to another class may still come with finer bricks.
    if (!style.visible || style.opacity <= 0 || (!present_[c] && !cache_)) continue;
    const auto label = static_cast<std::uint8_t>(c);
    FaceMesh mesh;
    std::map<int, std::vector<float>> centers;  // by level: its points have their own size
    for (const Brick& brick : bricks) {
      const auto [volume, box] = source(brick);
      if (!volume) continue;
      points ? voxel_centers(*volume, label, box, centers[brick.level])
             : visible_faces(*volume, label, hides, box, mesh);
    }
    if (mesh.quads() > 0) add(face_prop(mesh, style), label);
    drawn_.primitives += mesh.quads();
    for (const auto& [level, of_level] : centers) {
      if (of_level.empty()) continue;
      add(point_prop(of_level, style, 1), label);
      point_steps_.push_back(std::int64_t{1} << level);
      drawn_.primitives += of_level.size() / 3;
    }
  }
}

void VolumeScene::build_whole() {
  clear();
  const bool ray = representation_ == Representation::volume;
  const std::int64_t most =
      std::min<std::int64_t>(static_cast<std::int64_t>(budget_ / 8), surface_voxels * (ray ? 8 : 1));
  int level = pyramid_->base_level();
  const auto voxels = [&](int l) {
    const auto [begin, end] = clip_at(std::int64_t{1} << l);
    return product({end[0] - begin[0], end[1] - begin[1], end[2] - begin[2]});
  };
  while (level < pyramid_->top_level() && voxels(level) > most) ++level;
  const LabelVolume& volume = pyramid_->level(level);
  const auto [begin, end] = clip_at(volume.step);
  drawn_ = {volume.step, volume.step, 0, 0};
  if (voxels(level) == 0) return;
  if (ray) {
    add(ray_prop(volume, styles_, begin, end));
    return;
  }
  for (std::size_t c = 1; c < styles_.size(); ++c) {
    if (!styles_[c].visible || styles_[c].opacity <= 0 || !present_[c]) continue;
    const auto label = static_cast<std::uint8_t>(c);
    const SurfaceMesh mesh = enclosing_surface(volume, label, begin, end, smoothing_);
    if (mesh.quads.empty()) continue;
    add(surface_prop(mesh, styles_[c]), label);
    drawn_.primitives += mesh.quads.size() / 4;
  }
}

void VolumeScene::before_picture() {
  if (!pyramid_) return;
  const bool moving = renderer_->GetRenderWindow()->GetDesiredUpdateRate() > 1;
  const bool bricked = representation_ == Representation::cubes || representation_ == Representation::points;
  const auto camera_time = static_cast<unsigned long>(renderer_->GetActiveCamera()->GetMTime());
  if (bricked) {
    // While it moves, what was chosen when it began stays: nothing pops in and out.
    const bool look_again = stale_ || moving != moving_ || (!moving && camera_time != camera_time_) || cache_;
    if (look_again && !(moving && moving_ && !stale_)) {
      auto bricks = choose(moving);
      if (stale_ || bricks != bricks_) build(bricks);
      bricks_ = std::move(bricks);
    }
    if (representation_ == Representation::points) {
      const int* size = renderer_->GetSize();
      const auto b = bounds();
      const std::array<double, 3> center{b[1] / 2, b[3] / 2, b[5] / 2};
      const double pixels =
          Sight(renderer_, std::max(size[0], 1), std::max(size[1], 1)).pixels(center, center);
      for (std::size_t i = 0; i < props_.size(); ++i)
        vtkActor::SafeDownCast(props_[i])->GetProperty()->SetPointSize(static_cast<float>(
            std::clamp(std::ceil(pixels * static_cast<double>(point_steps_[i])), 2.0, 24.0)));
    }
  } else {
    if (stale_) build_whole();
    if (stale_ || moving != moving_)
      for (const auto& prop : props_)
        if (auto* volume = vtkVolume::SafeDownCast(prop)) set_ray_quality(volume, moving, drawn_.finest);
  }
  drawn_.bytes =
      pyramid_->bytes() + (cache_ ? cache_->bytes() : 0) +
      drawn_.primitives * (representation_ == Representation::points ? bytes_a_point : bytes_a_face);
  stale_ = false;
  moving_ = moving;
  camera_time_ = camera_time;
}

}  // namespace scaffold::viewer
