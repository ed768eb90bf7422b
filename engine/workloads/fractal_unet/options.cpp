#include "fractal_unet/options.hpp"

#include "core/text.hpp"

namespace scaffold {
namespace {

using namespace declare;

std::vector<Option> own_options() {
  std::vector<Option> table;
#define SCAFFOLD_OPTION(type, name, fallback, allowed, unit, group, restart, help)                           \
  table.push_back(make_option<FractalUnetOptions, type>(#name, &FractalUnetOptions::name, fallback, allowed, \
                                                        unit, Group::group, Restart::restart, help));
#include "fractal_unet/options.def"
#undef SCAFFOLD_OPTION
  table.push_back(make_option("target_dice", &Config::target, 0.95, above(0, 1), "", Group::problem,
                              Restart::free, "Validation Dice score at which training has converged."));
  return table;
}

void check_geometry(const MergedConfig& merged) {
  const Config& c = merged.values;
  const FractalUnetOptions& own = fractal_unet(c);
  const auto fail = [&](auto&&... what) { fail_rule(merged, what...); };
  if (own.unet_bottleneck_dim > own.problem_scale - 1)
    fail("unet_bottleneck_dim", cat("must be at most problem_scale - 1 = ", own.problem_scale - 1),
         "problem_scale");
  for (const auto shards : c.dc_num_shards) {
    if ((shards & (shards - 1)) != 0)
      fail("dc_num_shards", "must be powers of two, to divide a volume's edge");
    // Pooling halves a level's local edge, so the edge above the bottleneck, 2^(dim + 1), must stay even.
    if (shards > std::int64_t{1} << own.unet_bottleneck_dim)
      fail("dc_num_shards",
           cat("cannot cut level ", own.problem_scale - own.unet_bottleneck_dim,
               " (the bottleneck), which has ", 1 << own.unet_bottleneck_dim,
               " voxels along an axis: at most ", 1 << own.unet_bottleneck_dim,
               " shards, or a larger unet_bottleneck_dim"),
           "unet_bottleneck_dim");
  }
  if (64 % own.group_norm_groups != 0)
    fail("group_norm_groups", "must divide 64, the width of the first block");
}

void check_data(const MergedConfig& merged) {
  const Config& c = merged.values;
  const FractalUnetOptions& own = fractal_unet(c);
  const auto fail = [&](auto&&... what) { fail_rule(merged, what...); };
  if (own.n_fracts_per_vol > own.n_instances_used_per_fractal)
    fail("n_fracts_per_vol", "must be at most n_instances_used_per_fractal", "n_instances_used_per_fractal");
  const double largest = own.normalize * own.normalize;
  if (own.variance_threshold >= largest)
    fail("variance_threshold",
         cat("must be below normalize^2 = ", shortest(largest),
             ": no fractal has a larger variance, so the search would not end"),
         "normalize");
  const std::int64_t volumes = own.n_instances_used_per_fractal / own.n_fracts_per_vol * own.n_categories;
  if (c.epochs == -1 && volumes * own.val_split / 100 == 0)
    fail("val_split", cat("leaves none of the ", volumes,
                          " volumes for validation, so training would never converge; raise it"));
}

}  // namespace

WorkloadKeys fractal_unet_keys() {
  return {"fractal_unet",
          own_options(),
          [](const MergedConfig& merged) {
            check_geometry(merged);
            check_data(merged);
          },
          {"unet_layers", "vol_size", "point_num"}};
}

}  // namespace scaffold
