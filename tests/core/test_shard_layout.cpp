#include <rapidcheck.h>

#include <algorithm>

#include "catch.hpp"
#include "comm/shard_layout.hpp"
#include "core/error.hpp"

using namespace scaffold;

TEST_CASE("blocks tile the volume: every voxel in exactly one") {
  CHECK(rc::check([] {
    const auto log2 = [](int most) { return std::int64_t{1} << *rc::gen::inRange(0, most + 1); };
    const ShardLayout layout({8, 8, 8}, {log2(3), log2(3), log2(3)}, {2, 3, 4});
    std::vector<int> hits(512);
    for (const Block& block : layout.blocks())
      for (auto d = block.begin[0]; d < block.begin[0] + block.size[0]; ++d)
        for (auto h = block.begin[1]; h < block.begin[1] + block.size[1]; ++h)
          for (auto w = block.begin[2]; w < block.begin[2] + block.size[2]; ++w) ++hits[(d * 8 + h) * 8 + w];
    RC_ASSERT(std::all_of(hits.begin(), hits.end(), [](int n) { return n == 1; }));
  }));
}

TEST_CASE("shard_dims names the axes and bad layouts are explained") {
  const ShardLayout layout({8, 8, 8}, {4, 2, 1}, {4, 2, 3});
  CHECK(layout.shards() == Extent3{2, 1, 4});
  CHECK(layout.block(5) == Block{{4, 0, 2}, {4, 8, 2}});
  CHECK_THROWS_AS(ShardLayout({8, 8, 8}, {3, 1, 1}, {2, 3, 4}), ConfigError);
  CHECK_THROWS_AS(ShardLayout({8, 8, 8}, {1, 1, 1}, {2, 2, 4}), ConfigError);
  CHECK_THROWS_AS(ShardLayout({8, 8, 8}, {0, 1, 1}, {2, 3, 4}), ConfigError);
}
