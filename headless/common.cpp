#include "common.hpp"

#include "core/parallel.hpp"
#include "version.hpp"

namespace scaffold {

LibrarySpec library_spec(const Config& config) {
  LibrarySpec spec;
  spec.base_dir = config.fract_base_dir;
  spec.variance_threshold = config.variance_threshold;
  spec.seed = static_cast<std::uint64_t>(config.seed);
  spec.points = cloud_points(static_cast<int>(config.problem_scale));
  spec.normalize = config.normalize;
  return spec;
}

DatasetSpec dataset_spec(const Config& config) {
  DatasetSpec spec;
  spec.dataset_dir = config.dataset_dir;
  spec.n_categories = static_cast<int>(config.n_categories);
  spec.n_instances_used_per_fractal = static_cast<int>(config.n_instances_used_per_fractal);
  spec.problem_scale = static_cast<int>(config.problem_scale);
  spec.seed = static_cast<std::uint64_t>(config.seed);
  spec.variance_threshold = config.variance_threshold;
  spec.n_fracts_per_vol = static_cast<int>(config.n_fracts_per_vol);
  spec.val_split = static_cast<int>(config.val_split);
  spec.normalize = config.normalize;
  spec.format = config.dataset_format;
  spec.dc_num_shards = config.dc_num_shards;
  spec.dc_shard_dims = config.dc_shard_dims;
  spec.enforce_commit = config.dataset_reuse_enforce_commit_id;
  spec.commit = commit();
  return spec;
}

int threads(const Config& config) {
  return config.num_threads > 0 ? static_cast<int>(config.num_threads) : available_threads();
}

std::filesystem::path program_path() {
  const auto program = std::filesystem::read_symlink("/proc/self/exe");
  const auto folder = program.parent_path();
  return folder.filename() == "libexec" ? folder.parent_path() / "bin" / "scaffold" : program;
}

}  // namespace scaffold
