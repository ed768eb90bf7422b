#include "fractal_unet/dataset/spec.hpp"

#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "fractal_unet/dataset/plan.hpp"
#include "storage/checksum.hpp"

namespace scaffold {

Extent3 chunk_extent(const DatasetSpec& spec, std::uint64_t max_bytes) {
  Extent3 chunk = spec.layout().block(0).size;
  const std::uint64_t voxel_bytes = spec.compact() ? 1 : 3 * sizeof(float);
  const auto bytes = [&] { return voxel_bytes * static_cast<std::uint64_t>(chunk[0] * chunk[1] * chunk[2]); };
  while (bytes() > max_bytes && chunk[0] > 1) chunk[0] /= 2;
  return chunk;
}

void validate(const DatasetSpec& spec) {
  const auto range = [](const char* key, std::int64_t value, std::int64_t low, std::int64_t high) {
    if (value < low || value > high)
      throw ConfigError(cat(key, ": ", value, " is out of range, ", low, " to ", high, " is allowed"));
  };
  range("problem_scale", spec.problem_scale, 1, 13);
  range("n_categories", spec.n_categories, 1, 255);
  range("n_fracts_per_vol", spec.n_fracts_per_vol, 1, 1000);
  range("n_instances_used_per_fractal", spec.n_instances_used_per_fractal, spec.n_fracts_per_vol, 1'000'000);
  range("val_split", spec.val_split, 0, 100);
  if (spec.format != "dense" && spec.format != "compact")
    throw ConfigError(cat("dataset_format: '", spec.format, "' is unknown, dense and compact are allowed"));
  for (const auto& [key, value] :
       {std::pair{"variance_threshold", spec.variance_threshold}, std::pair{"normalize", spec.normalize}})
    if (!std::isfinite(value)) throw ConfigError(cat(key, ": must be a finite number"));
  spec.layout();
}

std::string canonical_text(const DatasetSpec& spec, std::span<const Ifs> categories) {
  const auto list = [](const std::array<std::int64_t, 3>& v) { return cat(v[0], ",", v[1], ",", v[2]); };
  std::string text =
      cat("scaffold-dataset=", dataset_version, "\nn_categories=", spec.n_categories,
          "\nn_instances_used_per_fractal=", spec.n_instances_used_per_fractal,
          "\nproblem_scale=", spec.problem_scale, "\nseed=", spec.seed,
          "\nvariance_threshold=", shortest(spec.variance_threshold),
          "\nn_fracts_per_vol=", spec.n_fracts_per_vol, "\nval_split=", spec.val_split,
          "\nnormalize=", shortest(spec.normalize), "\ndataset_format=", spec.format,
          "\ndc_num_shards=", list(spec.dc_num_shards), "\ndc_shard_dims=", list(spec.dc_shard_dims), "\n");
  if (spec.enforce_commit) text += cat("commit=", spec.commit, "\n");
  for (const Ifs& ifs : categories) text += to_csv(ifs);
  return text;
}

std::string hash(const DatasetSpec& spec, std::span<const Ifs> categories) {
  return hex16(checksum(canonical_text(spec, categories)));
}

}  // namespace scaffold
