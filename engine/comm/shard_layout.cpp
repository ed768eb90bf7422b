#include "comm/shard_layout.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {

ShardLayout::ShardLayout(const Extent3& whole, const std::array<std::int64_t, 3>& num_shards,
                         const std::array<std::int64_t, 3>& shard_dims)
    : whole_(whole) {
  std::array<bool, 3> seen{};
  for (int i = 0; i < 3; ++i) {
    const std::int64_t axis = shard_dims[i] - 2;
    if (axis < 0 || axis > 2 || seen[axis])
      throw ConfigError(cat("dc_shard_dims: needs 2, 3 and 4 (D, H, W) once each, got [", shard_dims[0], ", ",
                            shard_dims[1], ", ", shard_dims[2], "]"));
    seen[axis] = true;
    const auto extent = whole[static_cast<std::size_t>(axis)];
    if (num_shards[i] < 1 || extent % num_shards[i] != 0)
      throw ConfigError(cat("dc_num_shards: ", num_shards[i], " shards do not divide the ", extent,
                            " voxels along ", "DHW"[axis], "; use a divisor of ", extent));
    shards_[axis] = num_shards[i];
  }
}

Block ShardLayout::block(std::int64_t shard) const {
  Block block;
  for (int axis = 2; axis >= 0; --axis) {
    block.size[axis] = whole_[axis] / shards_[axis];
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
