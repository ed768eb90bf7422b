// Levels of detail: each voxel is covered once, the budget holds, coarse levels say what fine ones hold.
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>

#include "any_volume.hpp"
#include "catch.hpp"
#include "scene/label_pyramid.hpp"

using namespace scaffold::viewer;
using scaffold::testing::any_volume;

TEST_CASE("a halved voxel is occupied where one of its eight is, with a label that is most frequent") {
  CHECK(rc::check([] {
    const LabelVolume volume = any_volume(23);
    const LabelVolume half = halved(volume);
    RC_ASSERT(half.step == 2);
    for (std::int64_t d = 0; d < half.extent[0]; ++d)
      for (std::int64_t h = 0; h < half.extent[1]; ++h)
        for (std::int64_t w = 0; w < half.extent[2]; ++w) {
          std::map<int, int> counts;
          for (int i = 0; i < 8; ++i) {
            const Index3 at{2 * d + (i >> 2), 2 * h + (i >> 1 & 1), 2 * w + (i & 1)};
            if (at[0] < volume.extent[0] && at[1] < volume.extent[1] && at[2] < volume.extent[2] &&
                volume.at(at))
              ++counts[volume.at(at)];
          }
          const int label = half.at(d, h, w);
          if (counts.empty()) {
            RC_ASSERT(label == 0);
            continue;
          }
          int most = 0;
          for (const auto& [unused, n] : counts) most = std::max(most, n);
          RC_ASSERT(counts.contains(label));
          RC_ASSERT(counts[label] == most);
        }
  }));
}

TEST_CASE("a brick's cost is the number of its voxels and of their open faces") {
  CHECK(rc::check([] {
    const auto volume = std::make_shared<LabelVolume>(any_volume(70));
    const LabelPyramid pyramid(volume);
    std::uint64_t voxels = 0, faces = 0;
    const Index3 n = pyramid.bricks(0);
    for (std::int64_t i = 0; i < n[0]; ++i)
      for (std::int64_t j = 0; j < n[1]; ++j)
        for (std::int64_t k = 0; k < n[2]; ++k) {
          voxels += pyramid.cost({0, {i, j, k}}).voxels;
          faces += pyramid.cost({0, {i, j, k}}).faces;
        }
    std::uint64_t expected = 0;
    for (const auto label : volume->labels) expected += label != 0;
    RC_ASSERT(voxels == expected);
    RC_ASSERT(pyramid.total(0).voxels == voxels);
    RC_ASSERT(pyramid.total(0).faces == faces);
    // Every face of an occupied voxel is open or shared with another: 6n = open + 2 shared.
    std::uint64_t shared = 0;
    for (std::int64_t d = 0; d < volume->extent[0]; ++d)
      for (std::int64_t h = 0; h < volume->extent[1]; ++h)
        for (std::int64_t w = 0; w < volume->extent[2]; ++w)
          for (std::size_t axis = 0; axis < 3; ++axis) {
            Index3 next{d, h, w};
            if (++next[axis] < volume->extent[axis]) shared += volume->at(d, h, w) && volume->at(next);
          }
    RC_ASSERT(6 * voxels == faces + 2 * shared);
  }));
}

TEST_CASE("the bricks chosen cover each occupied voxel once, within the budget") {
  CHECK(rc::check([] {
    const auto volume = std::make_shared<LabelVolume>(any_volume(140));
    const LabelPyramid pyramid(volume);
    const Index3 eye{*rc::gen::inRange<std::int64_t>(0, 140), *rc::gen::inRange<std::int64_t>(0, 140),
                     *rc::gen::inRange<std::int64_t>(0, 140)};
    Detail detail;
    detail.budget = *rc::gen::inRange<std::uint64_t>(0, 200000);
    detail.cost = [&](const Brick& brick) { return std::uint64_t{pyramid.cost(brick).faces}; };
    detail.ready = [](const Brick&) { return Readiness::there; };
    detail.pixels_per_voxel = [&](const Brick& brick) {
      double away = 1;
      for (std::size_t axis = 0; axis < 3; ++axis)
        away += std::abs(static_cast<double>((brick.at[axis] * brick_edge << brick.level) - eye[axis]));
      return 100 / away;
    };
    std::vector<Brick> wanted;
    const auto bricks = choose_bricks(pyramid, detail, wanted);
    RC_ASSERT(wanted.empty());
    std::vector<std::uint8_t> covered(volume->labels.size());
    std::uint64_t cost = 0;
    for (const Brick& brick : bricks) {
      cost += detail.cost(brick);
      const auto [begin, end] = pyramid.box(brick);
      const std::int64_t step = std::int64_t{1} << brick.level;
      for (std::int64_t d = begin[0] * step; d < std::min(end[0] * step, volume->extent[0]); ++d)
        for (std::int64_t h = begin[1] * step; h < std::min(end[1] * step, volume->extent[1]); ++h)
          for (std::int64_t w = begin[2] * step; w < std::min(end[2] * step, volume->extent[2]); ++w)
            ++covered[static_cast<std::size_t>((d * volume->extent[1] + h) * volume->extent[2] + w)];
    }
    for (std::size_t i = 0; i < covered.size(); ++i) {
      RC_ASSERT(covered[i] <= 1);
      if (volume->labels[i]) RC_ASSERT(covered[i] == 1);
    }
    // The coarsest level is drawn whatever it costs.
    RC_ASSERT(cost <= std::max<std::uint64_t>(detail.budget, pyramid.total(pyramid.top_level()).faces));
  }));
}

TEST_CASE("what is not in memory yet is asked for, and its parent stands in") {
  auto volume = std::make_shared<LabelVolume>();
  volume->extent = {64, 64, 64};
  volume->step = 2;
  volume->labels.assign(64 * 64 * 64, 0);
  for (std::size_t i = 0; i < volume->labels.size(); i += 97) volume->labels[i] = 1;
  volume->finer = [](const Index3&, const Index3&, std::int64_t) { return LabelVolume{}; };
  const LabelPyramid pyramid(volume);
  REQUIRE(pyramid.base_level() == 1);
  CHECK(pyramid.extent() == Index3{128, 128, 128});
  std::set<Brick> there;
  Detail detail;
  detail.budget = 10'000'000;
  detail.cost = [&](const Brick& brick) { return std::uint64_t{pyramid.cost(brick).faces}; };
  detail.ready = [&](const Brick& brick) {
    return brick.level >= 1 || there.contains(brick) ? Readiness::there : Readiness::wanted;
  };
  detail.pixels_per_voxel = [](const Brick&) { return 10.0; };
  std::vector<Brick> wanted;
  for (const Brick& brick : choose_bricks(pyramid, detail, wanted)) CHECK(brick.level == 1);
  CHECK(wanted.size() == 64);  // 4³ bricks of 32 in 128
  there.insert(wanted.begin(), wanted.end());
  wanted.clear();
  const auto fine = choose_bricks(pyramid, detail, wanted);
  CHECK(wanted.empty());
  CHECK(fine.size() == 64);
  for (const Brick& brick : fine) CHECK(brick.level == 0);
  detail.ready = [](const Brick&) { return Readiness::never; };
  for (const Brick& brick : choose_bricks(pyramid, detail, wanted)) CHECK(brick.level == 2);
  CHECK(wanted.empty());
}
