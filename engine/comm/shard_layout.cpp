#include "comm/shard_layout.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {

ShardLayout::ShardLayout(std::int64_t edge, const std::array<std::int64_t, 3>& num_shards,
                         const std::array<std::int64_t, 3>& shard_dims)
    : edge_(edge) {
  std::array<bool, 3> seen{};
  for (int i = 0; i < 3; ++i) {
    const std::int64_t axis = shard_dims[i] - 2;
    if (axis < 0 || axis > 2 || seen[axis])
      throw ConfigError(cat("dc_shard_dims: needs 2, 3 and 4 (D, H, W) once each, got [", shard_dims[0], ", ",
                            shard_dims[1], ", ", shard_dims[2], "]"));
    seen[axis] = true;
    if (num_shards[i] < 1 || edge % num_shards[i] != 0)
      throw ConfigError(cat("dc_num_shards: ", num_shards[i], " shards do not divide an edge of ", edge,
                            " voxels; use a power of two up to ", edge));
    shards_[axis] = num_shards[i];
  }
}

Block ShardLayout::block(std::int64_t shard) const {
  Block block;
  for (int axis = 2; axis >= 0; --axis) {
    block.size[axis] = edge_ / shards_[axis];
    block.begin[axis] = shard % shards_[axis] * block.size[axis];
    shard /= shards_[axis];
  }
  return block;
}

std::vector<Block> ShardLayout::blocks() const {
  std::vector<Block> all;
  for (std::int64_t shard = 0; shard < count(); ++shard) all.push_back(block(shard));
  return all;
}

}  // namespace scaffold
