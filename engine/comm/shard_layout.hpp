// How a volume is cut into spatial shards. Pure index arithmetic: no MPI, no volume in memory.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "core/extent.hpp"

namespace scaffold {

/// Pieces along D, H, W: num_shards[i] along tensor dimension shard_dims[i], which is 2, 3 or 4.
inline Extent3 shard_counts(const std::array<std::int64_t, 3>& num_shards,
                            const std::array<std::int64_t, 3>& shard_dims) {
  Extent3 shards{1, 1, 1};
  for (std::size_t i = 0; i < 3; ++i) shards.at(static_cast<std::size_t>(shard_dims[i] - 2)) = num_shards[i];
  return shards;
}

/// The shards of a cubic volume of edge `edge`: shards()[d] pieces along axis d, last axis fastest in rank
/// order.
class ShardLayout {
 public:
  /// num_shards[i] pieces along tensor dimension shard_dims[i] (NCDHW, so 2 = D, 3 = H, 4 = W).
  /// Throws ConfigError when a dimension repeats or is not spatial, or when the edge does not divide.
  ShardLayout(std::int64_t edge, const std::array<std::int64_t, 3>& num_shards,
              const std::array<std::int64_t, 3>& shard_dims);

  std::int64_t edge() const { return edge_; }
  const Extent3& shards() const { return shards_; }
  std::int64_t count() const { return shards_[0] * shards_[1] * shards_[2]; }
  Block block(std::int64_t shard) const;
  std::vector<Block> blocks() const;

 private:
  std::int64_t edge_;
  Extent3 shards_{1, 1, 1};
};

}  // namespace scaffold
