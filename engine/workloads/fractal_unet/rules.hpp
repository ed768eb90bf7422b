// What the benchmark's page says of the problem (LLNL's docs/14_scaffold/scaffold.rst).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/extent.hpp"
#include "fractal_unet/options.hpp"

namespace scaffold {

/// The scale of the problem whose results are official.
inline constexpr std::int64_t official_scale = 11;
/// The unet_bottleneck_dim that the benchmark's page says should be used at a scale; nothing where it says
/// nothing (below 7, above 12).
std::optional<std::int64_t> official_bottleneck(std::int64_t problem_scale);
/// The same, and the configuration's default where the page says nothing.
std::int64_t usual_bottleneck(std::int64_t problem_scale);

/// What another bottleneck than the page's means at a scale from 9 on, where it changes the network's size:
/// one sentence for people; nothing where it is the page's, or below 9. `parameters`: of the network of a
/// number of levels.
std::optional<std::string> bottleneck_warning(const Config& config, double parameters,
                                              double parameters_of_page);

/// How a configuration's problem differs from the official one, for people.
std::vector<std::string> unofficial_problem(const Config& config, const Config& official);

/// Throws ConfigError unless every level of a U-Net with `levels` poolings can be cut: each shard's extent
/// must be even before each pooling. Names the level, and the shard counts and scales that work.
void check_shards_fit(std::int64_t edge, const Extent3& shards, std::int64_t levels);

}  // namespace scaffold
