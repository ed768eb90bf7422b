// World = data-parallel replicas × spatial shards; the ranks of one replica are consecutive. Pure index
// arithmetic.
#pragma once
#include <vector>

#include "comm/shard_layout.hpp"

namespace scaffold {

/// Another shard of the same replica that touches this one, by a face, an edge or a corner.
struct Neighbor {
  std::array<int, 3> offset{};  ///< -1, 0 or 1 along D, H, W
  int shard = 0;                ///< its number in the replica
};

class ProcessGrid {
 public:
  /// Throws ConfigError, with the valid choices, when `world` is no multiple of the number of shards.
  ProcessGrid(int world, int rank, const Extent3& shards);
  ProcessGrid() : ProcessGrid(1, 0, {1, 1, 1}) {}

  int world() const { return world_; }
  int rank() const { return rank_; }
  const Extent3& shards() const { return shards_; }
  int shard_count() const { return static_cast<int>(shards_[0] * shards_[1] * shards_[2]); }
  int replicas() const { return world_ / shard_count(); }
  int replica() const { return rank_ / shard_count(); }
  int shard() const { return rank_ % shard_count(); }
  Extent3 coordinates() const;  ///< of this rank's shard along D, H, W
  bool cut(int axis) const { return shards_[axis] > 1; }
  /// Whether a neighbor lies before (side -1) or behind (side 1) along an axis.
  bool has_neighbor(int axis, int side) const;
  /// All of them, in ascending order of offset.
  std::vector<Neighbor> neighbors() const;

 private:
  int world_, rank_;
  Extent3 shards_;
};

}  // namespace scaffold
