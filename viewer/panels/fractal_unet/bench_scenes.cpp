#include "panels/fractal_unet/bench_scenes.hpp"

#include <algorithm>

#include "fractal_unet/fractal/cloud.hpp"
#include "fractal_unet/fractal/library.hpp"
#include "fractal_unet/fractal/voxelize.hpp"
#include "panels/fractal_unet/cloud_stage.hpp"

namespace scaffold::viewer {
namespace {

/// The first accepted category in the gallery's large view.
struct ChangedCloud {
  Context context;
  CloudStage stage{context};
  LibrarySpec spec;
  CloudTask task;
  double from = 0;

  explicit ChangedCloud(std::uint64_t points) {
    spec.points = points;
    std::uint64_t attempt = 0;
    while (test_candidate(candidate_ifs(spec.seed, attempt), spec, attempt).rejection != Rejection::none)
      ++attempt;
    task = {candidate_ifs(spec.seed, attempt), spec.seed, fractal_purpose::instance_cloud, 1, 0};
    from = coefficient(task.ifs[0], 0);
    stage.show(task, spec, 128, true);
    stage.look();
  }
  View& update(int number) {
    coefficient(task.ifs[0], 0) = from + 1e-3 * (number % 20);
    stage.show(task, spec, 128, true);
    return stage.view();
  }
};

}  // namespace

std::shared_ptr<const LabelVolume> bench_volume(std::int64_t edge) {
  LibrarySpec spec;
  spec.points = static_cast<std::uint64_t>(std::max<std::int64_t>(edge * edge * edge / 256, 1));
  auto volume = std::make_shared<LabelVolume>();
  volume->extent = {edge, edge, edge};
  volume->labels.assign(static_cast<std::size_t>(edge * edge * edge), 0);
  std::uint8_t label = 0;
  for (std::uint64_t attempt = 0; label < 3; ++attempt) {
    const Ifs ifs = candidate_ifs(spec.seed, attempt);
    if (test_candidate(ifs, spec, attempt).rejection != Rejection::none) continue;
    ++label;
    const CloudTask task{ifs, spec.seed, fractal_purpose::instance_cloud, label, 0};
    for (const auto voxel : occupied_voxels(generate_clouds({&task, 1}, spec.points)[0].cloud, edge))
      volume->labels[voxel] = label;
  }
  return volume;
}

std::function<View&(int update)> bench_cloud(std::uint64_t points) {
  return
      [cloud = std::make_shared<ChangedCloud>(points)](int update) -> View& { return cloud->update(update); };
}

}  // namespace scaffold::viewer
