#include "fractal_unet/specs.hpp"

#include <exception>

#include "core/version.hpp"
#include "fractal_unet/options.hpp"

namespace scaffold {

LibrarySpec library_spec(const Config& config) {
  LibrarySpec spec;
  spec.base_dir = fractal_unet(config).fract_base_dir;
  spec.variance_threshold = fractal_unet(config).variance_threshold;
  spec.seed = static_cast<std::uint64_t>(config.seed);
  spec.points = cloud_points(static_cast<int>(fractal_unet(config).problem_scale));
  spec.normalize = fractal_unet(config).normalize;
  return spec;
}

DatasetSpec dataset_spec(const Config& config) {
  DatasetSpec spec;
  spec.dataset_dir = config.dataset_dir;
  spec.n_categories = static_cast<int>(fractal_unet(config).n_categories);
  spec.n_instances_used_per_fractal = static_cast<int>(fractal_unet(config).n_instances_used_per_fractal);
  spec.problem_scale = static_cast<int>(fractal_unet(config).problem_scale);
  spec.seed = static_cast<std::uint64_t>(config.seed);
  spec.variance_threshold = fractal_unet(config).variance_threshold;
  spec.n_fracts_per_vol = static_cast<int>(fractal_unet(config).n_fracts_per_vol);
  spec.val_split = static_cast<int>(fractal_unet(config).val_split);
  spec.normalize = fractal_unet(config).normalize;
  spec.format = fractal_unet(config).dataset_format;
  spec.dc_num_shards = config.dc_num_shards;
  spec.dc_shard_dims = config.dc_shard_dims;
  spec.enforce_commit = config.dataset_reuse_enforce_commit_id;
  spec.commit = commit();
  return spec;
}

Plan dataset_plan(const Config& config) {
  const DatasetSpec spec = dataset_spec(config);
  return make_plan({spec.seed, spec.n_categories, spec.n_instances_used_per_fractal, spec.n_fracts_per_vol,
                    spec.val_split});
}

fs::path search_library(const Config& config, int cores, bool force, Communicator& ranks) {
  const SearchShare share{ranks.rank(), ranks.size(),
                          [&](std::vector<std::int64_t>& values) { sum(ranks, values); }};
  fs::path folder;
  // The search is collective itself, so its error may be all ranks' or this one's: told afterwards.
  std::exception_ptr failure;
  try {
    folder = generate_library(library_spec(config), static_cast<int>(fractal_unet(config).n_categories),
                              cores, force, share);
  } catch (...) {
    failure = std::current_exception();
  }
  collective_try(ranks, [&] {
    if (failure) std::rethrow_exception(failure);
  });
  return folder;
}

}  // namespace scaffold
