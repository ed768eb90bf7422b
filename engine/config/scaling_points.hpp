// The points of a scaling series: on how many ranks, how volumes are cut, and which batch a replica takes.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

namespace scaffold {

/// strong: the global batch of the first point stays, so that all points do the same steps. weak: a replica's
/// batch stays, so that a step's work grows with the replicas.
enum class ScalingMode { strong, weak };
inline const char* name(ScalingMode mode) { return mode == ScalingMode::strong ? "strong" : "weak"; }

struct ScalingPoint {
  int ranks = 1;
  bool launched = true;                             ///< false: one process without a launcher ("alone")
  std::array<std::int64_t, 3> num_shards{1, 1, 1};  ///< dc_num_shards
  std::int64_t local_batch = 1, accumulation = 1;   ///< of a replica

  std::int64_t shard_count() const { return num_shards[0] * num_shards[1] * num_shards[2]; }
  std::int64_t replicas() const { return ranks / shard_count(); }
  std::int64_t global_batch() const { return local_batch * accumulation * replicas(); }
  bool operator==(const ScalingPoint&) const = default;
};

/// "4-ranks-2x1x1", "alone": a folder's name, unique in its series.
std::string folder_name(const ScalingPoint& point);

/// `ranks`: "1,2,4", where `alone` is one process without a launcher. `shards`: nothing for the
/// configuration's dc_num_shards, one "D,H,W" for all points, or one for each; entries are apart by blanks or
/// words. Throws ConfigError, with the choices that are valid, for anything that cannot be run.
std::vector<ScalingPoint> scaling_points(const Config& config, ScalingMode mode, std::string_view ranks,
                                         const std::vector<std::string>& shards);

}  // namespace scaffold
