// How a sample is cut into spatial shards. Pure index arithmetic: no MPI, no sample in memory.
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

/// The shards of a sample of extents `whole`: shards()[d] pieces along axis d, last axis fastest in rank
/// order.
class ShardLayout {
 public:
  /// num_shards[i] pieces along tensor dimension shard_dims[i] (NCDHW, so 2 = D, 3 = H, 4 = W).
  /// Throws ConfigError when a dimension repeats or is not spatial, or when the extents do not divide.
  ShardLayout(const Extent3& whole, const std::array<std::int64_t, 3>& num_shards,
              const std::array<std::int64_t, 3>& shard_dims);

  const Extent3& whole() const { return whole_; }
  const Extent3& shards() const { return shards_; }
  std::int64_t count() const { return shards_[0] * shards_[1] * shards_[2]; }
  Block block(std::int64_t shard) const;
  std::vector<Block> blocks() const;

 private:
  Extent3 whole_;
  Extent3 shards_{1, 1, 1};
};

}  // namespace scaffold
