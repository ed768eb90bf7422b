#include "comm/process_grid.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {

ProcessGrid::ProcessGrid(int world, int rank, const Extent3& shards)
    : world_(world), rank_(rank), shards_(shards) {
  const std::int64_t count = shards[0] * shards[1] * shards[2];
  if (world % count == 0) return;
  std::string fits;
  for (std::int64_t n = 1; n <= world; n *= 2)
    if (world % n == 0) fits += cat(fits.empty() ? "" : ", ", n);
  throw ConfigError(cat("dc_num_shards: ", count, " shards do not divide ", world,
                        world == 1 ? " process" : " processes", "; start a multiple of ", count,
                        " processes, or cut volumes into ", fits, fits == "1" ? " shard" : " shards"));
}

Extent3 ProcessGrid::coordinates() const {
  const std::int64_t s = shard();
  return {s / (shards_[1] * shards_[2]), s / shards_[2] % shards_[1], s % shards_[2]};
}

bool ProcessGrid::has_neighbor(int axis, int side) const {
  const std::int64_t at = coordinates()[axis] + side;
  return at >= 0 && at < shards_[axis];
}

std::vector<Neighbor> ProcessGrid::neighbors() const {
  const Extent3 at = coordinates();
  std::vector<Neighbor> all;
  for (int d = -1; d <= 1; ++d)
    for (int h = -1; h <= 1; ++h)
      for (int w = -1; w <= 1; ++w) {
        if (d == 0 && h == 0 && w == 0) continue;
        const Extent3 there{at[0] + d, at[1] + h, at[2] + w};
        bool inside = true;
        for (int axis = 0; axis < 3; ++axis)
          inside = inside && there[axis] >= 0 && there[axis] < shards_[axis];
        if (inside)
          all.push_back(
              {{d, h, w}, static_cast<int>((there[0] * shards_[1] + there[1]) * shards_[2] + there[2])});
      }
  return all;
}

}  // namespace scaffold
