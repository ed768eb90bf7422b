// Rules that tie keys together; what a key accepts by itself stands in options.def.
#include <algorithm>
#include <array>

#include "config/options.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {

namespace {

class Rules {
 public:
  explicit Rules(const MergedConfig& merged) : merged_(merged), c_(merged.values) {}

  void geometry() const {
    if (c_.unet_bottleneck_dim > c_.problem_scale - 1)
      fail("unet_bottleneck_dim", cat("must be at most problem_scale - 1 = ", c_.problem_scale - 1),
           "problem_scale");
    std::array<std::int64_t, 3> axes = c_.dc_shard_dims;
    std::sort(axes.begin(), axes.end());
    if (axes != std::array<std::int64_t, 3>{2, 3, 4})
      fail("dc_shard_dims", "must name 2, 3 and 4 (D, H, W) once each");
    for (const auto shards : c_.dc_num_shards) {
      if ((shards & (shards - 1)) != 0)
        fail("dc_num_shards", "must be powers of two, to divide a volume's edge");
      // Pooling halves a level's local edge, so the edge above the bottleneck, 2^(dim + 1), must stay even.
      if (shards > std::int64_t{1} << c_.unet_bottleneck_dim)
        fail("dc_num_shards",
             cat("cannot cut level ", c_.problem_scale - c_.unet_bottleneck_dim,
                 " (the bottleneck), which has ", 1 << c_.unet_bottleneck_dim,
                 " voxels along an axis: at most ", 1 << c_.unet_bottleneck_dim,
                 " shards, or a larger unet_bottleneck_dim"),
             "unet_bottleneck_dim");
    }
    if (64 % c_.group_norm_groups != 0)
      fail("group_norm_groups", "must divide 64, the width of the first block");
  }

  void data() const {
    if (c_.n_fracts_per_vol > c_.n_instances_used_per_fractal)
      fail("n_fracts_per_vol", "must be at most n_instances_used_per_fractal",
           "n_instances_used_per_fractal");
    const double largest = c_.normalize * c_.normalize;
    if (c_.variance_threshold >= largest)
      fail("variance_threshold",
           cat("must be below normalize^2 = ", shortest(largest),
               ": no fractal has a larger variance, so the search would not end"),
           "normalize");
    const std::int64_t volumes = c_.n_instances_used_per_fractal / c_.n_fracts_per_vol * c_.n_categories;
    if (c_.epochs == -1 && volumes * c_.val_split / 100 == 0)
      fail("val_split", cat("leaves none of the ", volumes,
                            " volumes for validation, so training would never ", "converge; raise it"));
  }

  void learning() const {
    if (c_.min_learning_rate > c_.starting_learning_rate)
      fail("min_learning_rate", "must be at most starting_learning_rate", "starting_learning_rate");
  }

 private:
  std::string with_origin(const std::string& key) const {
    return cat(key, " ", config_detail::to_yaml_scalar(config_detail::find_option(key, "").get(c_)), " (",
               config_detail::origin_of(merged_, key), ")");
  }
  [[noreturn]] void fail(const std::string& key, const std::string& what,
                         const std::string& other = "") const {
    throw ConfigError(
        cat(with_origin(key), " ", what, other.empty() ? "" : "; there is " + with_origin(other)));
  }

  const MergedConfig& merged_;
  const Config& c_;
};

}  // namespace

void validate(const MergedConfig& merged) {
  const Rules rules(merged);
  rules.geometry();
  rules.data();
  rules.learning();
}

}  // namespace scaffold
