// What defines a dataset. Two specifications with the same hash give the same bytes.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "comm/shard_layout.hpp"
#include "core/files.hpp"
#include "fractal_unet/fractal/ifs.hpp"

namespace scaffold {

/// Version of the dataset's layout on disk (index and volumes); part of the hash.
inline constexpr int dataset_version = 1;

struct DatasetSpec {
  fs::path dataset_dir = "datasets";
  int n_categories = 5;
  int n_instances_used_per_fractal = 145;
  int problem_scale = 7;
  std::uint64_t seed = 42;
  double variance_threshold = 0.15;
  int n_fracts_per_vol = 3;
  int val_split = 30;  ///< percent
  double normalize = 1;
  std::string format = "dense";  ///< or "compact"
  std::array<std::int64_t, 3> dc_num_shards{1, 1, 1}, dc_shard_dims{2, 3, 4};
  bool enforce_commit = false;  ///< then `commit` is a defining key too
  std::string commit;

  /// Voxels along an axis of a volume: 2^problem_scale.
  std::int64_t edge() const { return std::int64_t{1} << problem_scale; }
  ShardLayout layout() const { return {cube(edge()), dc_num_shards, dc_shard_dims}; }
  bool compact() const { return format == "compact"; }
};

/// Voxels of a chunk, the unit of storage: a whole shard, halved along D until an image chunk (a mask chunk
/// when compact) is at most max_bytes.
Extent3 chunk_extent(const DatasetSpec& spec, std::uint64_t max_bytes = std::uint64_t{1} << 30);
/// Throws ConfigError naming the key when a value is out of range (n_categories is at most 255: masks are
/// uint8).
void validate(const DatasetSpec& spec);
/// The defining keys as text, one "key=value" a line, then the categories' CSV: what the hash is taken of.
std::string canonical_text(const DatasetSpec& spec, std::span<const Ifs> categories);
/// 16 hexadecimal digits: XXH3-64 of canonical_text. Also the dataset's folder name.
std::string hash(const DatasetSpec& spec, std::span<const Ifs> categories);

}  // namespace scaffold
