#include "fractal_unet/fractal/instance.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

/// Shares of a factor's deviation from 1 that are tried in turn; 0 is the base.
constexpr std::array<double, 5> deviations = {1, 0.5, 0.25, 0.1, 0};

Ifs varied(const Ifs& base, const Variation& variation, double deviation) {
  Ifs ifs = base;
  if (variation.coefficient < 0) return ifs;
  // The factor itself where all of it is kept: 1 + (0.7 − 1) is not 0.7.
  const double factor = deviation == 1 ? variation.factor : 1 + (variation.factor - 1) * deviation;
  for (AffineMap& map : ifs) coefficient(map, variation.coefficient) *= factor;
  return ifs;
}

}  // namespace

Variation variation(int instance) {
  if (instance < 0 || instance >= instances_per_category)
    throw DataError(cat("instance ", instance, " does not exist: a category has instances 0 to ",
                        instances_per_category - 1));
  if (instance == 0) return {};
  return {(instance - 1) / 12, instance_factors[(instance - 1) % 12]};
}

std::string describe(const Variation& variation) {
  if (variation.coefficient < 0) return "base";
  const int c = variation.coefficient;
  const std::string what =
      c < 9 ? cat("matrix row ", c / 3 + 1, ", column ", c % 3 + 1) : cat("translation ", "xyz"[c - 9]);
  return cat(what, " × ", shortest(variation.factor));
}

CloudTask instance_task(const InstanceRequest& request, std::uint64_t seed, double deviation) {
  return {varied(request.base, variation(request.instance), deviation), seed, fractal_purpose::instance_cloud,
          static_cast<std::uint32_t>(request.category), static_cast<std::uint32_t>(request.instance)};
}

std::vector<InstanceCloud> generate_instances(std::span<const InstanceRequest> requests, std::uint64_t seed,
                                              std::uint64_t points) {
  std::vector<InstanceCloud> clouds;
  generate_instances(requests, seed, points, clouds);
  return clouds;
}

void generate_instances(std::span<const InstanceRequest> requests, std::uint64_t seed, std::uint64_t points,
                        std::vector<InstanceCloud>& clouds) {
  clouds.resize(requests.size());
  std::vector<std::size_t> pending(requests.size());
  for (std::size_t i = 0; i < pending.size(); ++i) pending[i] = i;
  std::vector<CloudTask> tasks;
  std::vector<CloudResult> results;
  for (const double deviation : deviations) {
    tasks.clear();
    results.resize(pending.size());
    for (std::size_t k = 0; k < pending.size(); ++k) {
      tasks.push_back(instance_task(requests[pending[k]], seed, deviation));
      std::swap(results[k].cloud, clouds[pending[k]].cloud);
    }
    generate_clouds(tasks, points, results);
    std::vector<std::size_t> diverged;
    for (std::size_t k = 0; k < pending.size(); ++k) {
      InstanceCloud& into = clouds[pending[k]];
      std::swap(into.cloud, results[k].cloud);
      into.deviation = deviation;
      if (results[k].state != CloudState::ok) diverged.push_back(pending[k]);
    }
    pending = std::move(diverged);
    if (pending.empty()) return;
  }
  const InstanceRequest& r = requests[pending.front()];
  throw DataError(cat("category ", r.category, " diverges even unvaried at ", points, " points (instance ",
                      r.instance, ", seed ", seed,
                      "): the library was made for fewer points; run scaffold generate_fractals"));
}

}  // namespace scaffold
