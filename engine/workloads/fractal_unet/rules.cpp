#include "fractal_unet/rules.hpp"

#include <array>

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

}  // namespace scaffold
