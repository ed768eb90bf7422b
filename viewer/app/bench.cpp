#include "app/bench.hpp"

#include <vtkRenderer.h>
#include <vtk_glew.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/clock.hpp"
#include "core/files.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "fractal_unet/fractal/cloud.hpp"
#include "fractal_unet/fractal/library.hpp"
#include "fractal_unet/fractal/voxelize.hpp"
#include "panels/cloud_stage.hpp"
#include "scene/fitted_camera.hpp"
#include "scene/volume_scene.hpp"

namespace scaffold::viewer {
namespace {

constexpr int bench_width = 800, bench_height = 600;
constexpr double seconds_each = 2;
constexpr int fewest_frames = 3;
constexpr std::uint64_t cloud_points = 8192;  // problem scale 7

/// The first three accepted categories of seed 42 at this size.
std::shared_ptr<const LabelVolume> make_volume(std::int64_t edge) {
  LibrarySpec spec;
  spec.points = static_cast<std::uint64_t>(std::max<std::int64_t>(edge * edge * edge / 256, 1));
  auto volume = std::make_shared<LabelVolume>();
  volume->extent = {edge, edge, edge};
  volume->labels.assign(static_cast<std::size_t>(edge * edge * edge), 0);
  std::uint8_t label = 0;
  for (std::uint64_t attempt = 0; label < 3; ++attempt) {
    const Ifs ifs = candidate_ifs(spec.seed, attempt);
    if (judge(ifs, spec, attempt).rejection != Rejection::none) continue;
    ++label;
    const CloudTask task{ifs, spec.seed, fractal_purpose::instance_cloud, label, 0};
    for (const auto voxel : occupied_voxels(generate_clouds({&task, 1}, spec.points)[0].cloud, edge))
      volume->labels[voxel] = label;
  }
  return volume;
}

struct Timing {
  int edge = 0;
  std::string as;
  double open = 0, moving = 0, still = 0;  ///< seconds: to the first picture; of a frame
  double primitives_moving = 0, primitives_still = 0, bytes = 0;
};

void draw(View& view) {
  view.touch();
  view.texture(bench_width, bench_height);
  glFinish();
}

/// Of body(0), body(1), … for a while.
template <class Body>
double median_seconds(const Body& body) {
  std::vector<double> seconds;
  const Stopwatch all;
  while (static_cast<int>(seconds.size()) < fewest_frames || all.seconds() < seconds_each) {
    const Stopwatch one;
    body(static_cast<int>(seconds.size()));
    seconds.push_back(one.seconds());
  }
  std::ranges::nth_element(seconds, seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2));
  return seconds[seconds.size() / 2];
}

/// Of a frame while the camera goes round.
double median_frame(View& view, bool moving) {
  view.set_moving(moving);
  draw(view);
  return median_seconds([&](int) {
    if (moving) turn(view.renderer(), 8, 0, bench_height);
    draw(view);
  });
}

Timing measure(const std::shared_ptr<const LabelVolume>& volume, Representation as, std::uint64_t budget) {
  Timing timing{static_cast<int>(volume->extent[0]), representation_names[static_cast<std::size_t>(as)]};
  std::vector<ClassStyle> styles(4);
  for (std::size_t c = 1; c < styles.size(); ++c) styles[c].color = distinct_color(c - 1);
  const Stopwatch clock;
  View view;
  FittedCamera camera;
  camera.attach(view.renderer());
  VolumeScene scene(view.renderer());
  scene.set_budget(budget);
  scene.set_representation(as);
  scene.show(volume, styles);
  camera.set_bounds(scene.bounds());
  camera.look_from(Direction::iso);
  draw(view);
  timing.open = clock.seconds();
  timing.moving = median_frame(view, true);
  timing.primitives_moving = static_cast<double>(scene.drawn().primitives);
  timing.still = median_frame(view, false);
  timing.primitives_still = static_cast<double>(scene.drawn().primitives);
  timing.bytes = static_cast<double>(scene.drawn().bytes);
  return timing;
}

/// Median seconds of an update of the gallery's cloud: a map's number moves, and the cloud is judged, made
/// and drawn again.
double median_update(std::uint64_t points) {
  Context context;
  CloudStage stage(context);
  LibrarySpec spec;
  spec.points = points;
  std::uint64_t attempt = 0;
  while (judge(candidate_ifs(spec.seed, attempt), spec, attempt).rejection != Rejection::none) ++attempt;
  CloudTask task{candidate_ifs(spec.seed, attempt), spec.seed, fractal_purpose::instance_cloud, 1, 0};
  stage.show(task, spec, 128, true);
  stage.look();
  draw(stage.view());
  double& moved = coefficient(task.ifs[0], 0);
  const double from = moved;
  return median_seconds([&](int update) {
    moved = from + 1e-3 * (update % 20);
    stage.show(task, spec, 128, true);
    draw(stage.view());
  });
}

}  // namespace

void bench_frames(Window&, const std::vector<int>& edges, std::uint64_t memory_budget,
                  const std::string& json) {
  const std::string renderer = reinterpret_cast<const char*>(glGetString(GL_RENDERER));
  std::cout
      << "renderer " << renderer << ", " << bench_width << " x " << bench_height << ", budget "
      << human_bytes(static_cast<double>(memory_budget)) << "\n"
      << "  edge  as         open s   moving ms (frames/s)   still ms   drawn moving / still       scene\n";
  nlohmann::json all = nlohmann::json::array();
  for (const int edge : edges) {
    const auto volume = make_volume(edge);
    for (const auto as :
         {Representation::points, Representation::cubes, Representation::surface, Representation::volume}) {
      const Timing t = measure(volume, as, memory_budget);
      const auto pad = [](const std::string& text, std::size_t n) {
        return std::string(text.size() < n ? n - text.size() : 0, ' ') + text;
      };
      std::cout << pad(cat(edge), 6) << "  " << t.as << std::string(9 - t.as.size(), ' ')
                << pad(fixed(t.open, 2), 8) << pad(fixed(1000 * t.moving, 1), 12)
                << pad(cat("(", fixed(1 / t.moving, 0), ")"), 11) << pad(fixed(1000 * t.still, 1), 11)
                << pad(cat(fixed(t.primitives_moving, 0), " / ", fixed(t.primitives_still, 0)), 22)
                << pad(human_bytes(t.bytes), 13) << "\n"
                << std::flush;
      all.push_back({{"edge", edge},
                     {"as", t.as},
                     {"open_s", t.open},
                     {"moving_s", t.moving},
                     {"still_s", t.still},
                     {"primitives_moving", t.primitives_moving},
                     {"primitives_still", t.primitives_still},
                     {"scene_bytes", t.bytes}});
    }
  }
  const double update = median_update(cloud_points);
  std::cout << "cloud of " << cloud_points << " points made and drawn again: " << fixed(1000 * update, 1)
            << " ms (" << fixed(1 / update, 0) << " updates/s)\n";
  const double peak = static_cast<double>(peak_memory());
  std::cout << "peak memory of the process " << human_bytes(peak) << "\n";
  if (!json.empty())
    write_atomic(
        json,
        nlohmann::json{
            {"renderer", renderer}, {"peak_bytes", peak}, {"cloud_update_s", update}, {"frames", all}}
                .dump(2) +
            "\n");
}

}  // namespace scaffold::viewer
