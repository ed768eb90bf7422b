#include "fractal_unet/rules.hpp"

#include <array>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

// LLNL's page (docs/14_scaffold/scaffold.rst in llnl/benchmarks), table of problems.
constexpr std::int64_t first_scale = 7;
constexpr std::array<std::int64_t, 6> bottlenecks = {3, 3, 4, 5, 6, 7};

}  // namespace

std::optional<std::int64_t> official_bottleneck(std::int64_t problem_scale) {
  const std::int64_t at = problem_scale - first_scale;
  if (at < 0 || at >= static_cast<std::int64_t>(bottlenecks.size())) return std::nullopt;
  return bottlenecks[static_cast<std::size_t>(at)];
}

std::int64_t usual_bottleneck(std::int64_t problem_scale) {
  return official_bottleneck(problem_scale).value_or(FractalUnetOptions{}.unet_bottleneck_dim);
}

std::optional<std::string> bottleneck_warning(const Config& config, double parameters,
                                              double parameters_of_page) {
  const auto page = official_bottleneck(fractal_unet(config).problem_scale);
  if (fractal_unet(config).problem_scale < 9 || !page || fractal_unet(config).unet_bottleneck_dim == *page)
    return std::nullopt;
  return cat("unet_bottleneck_dim is ", fractal_unet(config).unet_bottleneck_dim, ", and problem_scale ",
             fractal_unet(config).problem_scale, " should use ", *page, ": a network of ",
             human_count(parameters), " parameters in place of ", human_count(parameters_of_page),
             ", all of them on every rank. Its results are not official and compare with no other "
             "network's; set unet_bottleneck_dim: ",
             *page, " unless this is meant");
}

std::vector<std::string> unofficial_problem(const Config& config, const Config& official) {
  std::vector<std::string> reasons;
  const auto is_not = [&](const char* key) {
    if (const auto is = value_text(config, key), wanted = value_text(official, key); is != wanted)
      reasons.push_back(cat(key, " is ", is, ", not ", wanted));
  };
  for (const char* key : {"problem_scale", "n_categories", "n_instances_used_per_fractal"}) is_not(key);
  const auto& own = fractal_unet(config);
  const auto dim = official_bottleneck(own.problem_scale);
  if (dim && own.unet_bottleneck_dim != *dim)
    reasons.push_back(cat("unet_bottleneck_dim is ", own.unet_bottleneck_dim, ", not ", *dim,
                          ", which problem_scale ", own.problem_scale, " should use"));
  if (!(config.target >= official.target))
    reasons.push_back(cat("target_dice is ", value_text(config, "target_dice"), ", below ",
                          value_text(official, "target_dice")));
  is_not("dataset_format");
  return reasons;
}

void check_shards_fit(std::int64_t edge, const Extent3& shards, std::int64_t levels) {
  for (int axis = 0; axis < 3; ++axis) {
    if (shards[axis] == 1) continue;
    const std::int64_t most = edge >> levels;
    for (std::int64_t level = 0; level < levels; ++level) {
      const std::int64_t extent = edge >> level;
      if (extent % shards[axis] == 0 && extent / shards[axis] % 2 == 0) continue;
      throw ConfigError(cat("dc_num_shards: ", shards[axis], " shards along ", "DHW"[axis],
                            " cannot be pooled at level ", level, ", where the whole volume has ", extent,
                            " voxels along that axis; use at most ", most, most == 1 ? " shard" : " shards",
                            " (a power of two), or a larger problem_scale"));
    }
  }
}

}  // namespace scaffold
