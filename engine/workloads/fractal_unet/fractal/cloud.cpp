#include "fractal_unet/fractal/cloud.hpp"

#include <cmath>

#include "fractal_unet/fractal/chains.hpp"

namespace scaffold {
namespace {

using Point = std::array<double, 3>;

Point moved_by(const AffineMap& map, const Point& p) {
  const auto& m = map.matrix;
  const auto& t = map.translation;
  return {((m[0] * p[0] + m[1] * p[1]) + m[2] * p[2]) + t[0],
          ((m[3] * p[0] + m[4] * p[1]) + m[5] * p[2]) + t[1],
          ((m[6] * p[0] + m[7] * p[1]) + m[8] * p[2]) + t[2]};
}

bool within(double c) { return std::abs(c) <= simd::bound; }

CloudState state_of(const Point& p) {
  if (within(p[0]) && within(p[1]) && within(p[2])) return CloudState::ok;
  for (const double c : p)
    if (std::abs(c) > simd::bound) return CloudState::runaway;
  return CloudState::not_finite;
}

}  // namespace

ChainBlock run_block(const CloudTask& task, std::uint64_t first, int count, std::array<double, 3> before) {
  ChainBlock block;
  auto counter = static_cast<std::uint32_t>((first - 1) / 4);
  const auto k0 = static_cast<std::uint32_t>(task.seed), k1 = static_cast<std::uint32_t>(task.seed >> 32);
  PhiloxBlock words{};
  for (int i = 0; i < count && block.state == CloudState::ok; ++i) {
    if (i % 4 == 0)
      words = philox({counter++, static_cast<std::uint32_t>(task.purpose), task.a, task.b}, k0, k1);
    before = moved_by(task.ifs[words[i % 4] * 0x1p-32 < task.ifs[0].probability ? 0 : 1], before);
    block.state = state_of(before);
    block.points[block.count++] = before;
  }
  return block;
}

CloudResult generate_cloud_scalar(const CloudTask& task, std::uint64_t points) {
  CloudResult result;
  generate_cloud_scalar(task, points, result);
  return result;
}

void generate_cloud_scalar(const CloudTask& task, std::uint64_t points, CloudResult& result) {
  Cloud& cloud = result.cloud;
  result.state = CloudState::ok;
  begin_cloud(cloud, points);
  Stream stream(task.seed, task.purpose, task.a, task.b);
  const double probability = task.ifs[0].probability;
  Point p{};
  float *x = cloud.x.data(), *y = cloud.y.data(), *z = cloud.z.data();
  for (std::uint64_t i = 1; i < points; ++i) {
    p = moved_by(task.ifs[stream() * 0x1p-32 < probability ? 0 : 1], p);
    result.state = state_of(p);
    if (result.state != CloudState::ok) {
      cloud = Cloud{};
      return;
    }
    x[i] = static_cast<float>(p[0]);
    y[i] = static_cast<float>(p[1]);
    z[i] = static_cast<float>(p[2]);
  }
}

std::vector<CloudResult> generate_clouds(std::span<const CloudTask> tasks, std::uint64_t points) {
  std::vector<CloudResult> results;
  generate_clouds(tasks, points, results);
  return results;
}

void generate_clouds(std::span<const CloudTask> tasks, std::uint64_t points,
                     std::vector<CloudResult>& results) {
  const simd::Kernels& kernels = simd::best();
  // A lone chain is bound by latency: lanes would add nothing.
  if (tasks.size() > 1 && kernels.lanes > 1) return generate_clouds_with(kernels, tasks, points, results);
  results.resize(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) generate_cloud_scalar(tasks[i], points, results[i]);
}

const char* cloud_lanes() { return simd::best().name; }

}  // namespace scaffold
