// Which instance of which category goes into which volume, which volumes validate, and the colors.
// Everything follows from the seed alone (core/philox.hpp), on any machine.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

namespace scaffold {

struct PlannedFractal {
  int category = 0, instance = 0;
  bool operator==(const PlannedFractal&) const = default;
};

struct Plan {
  std::vector<std::vector<PlannedFractal>> volumes;  ///< in drawing order: later ones overwrite earlier ones
  std::vector<int> training, validation;             ///< volume numbers, ascending; together all of them
  std::vector<std::uint8_t> validates;               ///< by volume: 1 when it is a validation volume
  bool operator==(const Plan&) const = default;
};

struct PlanOptions {
  std::uint64_t seed = 42;
  int n_categories = 5, n_instances_used_per_fractal = 145, n_fracts_per_vol = 3;
  int val_split = 30;  ///< percent
};

/// n_instances_used_per_fractal is rounded down to a multiple of n_fracts_per_vol; per category that many
/// instances are drawn, each at most once within every block of 145. ConfigError when nothing is left.
Plan make_plan(const PlanOptions& options);

/// What predicting background alone scores on the validation volumes, at least: the mean over them of
/// (K − k) / K, for K categories and k of them in the volume, since absent classes count 1 and missed ones 0
/// (docs/report.md). Where later fractals hide an earlier category whole, it scores more. NaN without
/// validation volumes.
double background_dice(const Plan& plan, int n_categories);

/// [n_categories + 1] colors (RGB in [0, 1]) by mask value; row 0, the background, is zeros.
using Palette = std::vector<std::array<float, 3>>;
Palette make_palette(std::uint64_t seed, int n_categories);

}  // namespace scaffold
