// Bricks read in the background: what was asked for comes, within the budget, whatever is asked meanwhile.
#include <atomic>
#include <random>

#include "catch.hpp"
#include "core/error.hpp"
#include "scene/brick_cache.hpp"

using namespace scaffold;
using namespace scaffold::viewer;

namespace {

/// A volume of 256³ whose voxel (d, h, w) has label 1 + (d + 3h + 7w) % 5, of which every eighth is in
/// memory.
std::shared_ptr<LabelVolume> make_volume() {
  auto volume = std::make_shared<LabelVolume>();
  volume->extent = {32, 32, 32};
  volume->step = 8;
  volume->labels.assign(32 * 32 * 32, 1);
  volume->finer = [](const Index3& begin, const Index3& end, std::int64_t step) {
    if (begin == Index3{0, 0, 0} && step == 1) throw DataError("this part cannot be read");
    LabelVolume box;
    box.step = step;
    for (std::size_t axis = 0; axis < 3; ++axis) box.extent[axis] = (end[axis] - begin[axis]) / step;
    for (std::int64_t d = begin[0]; d < end[0]; d += step)
      for (std::int64_t h = begin[1]; h < end[1]; h += step)
        for (std::int64_t w = begin[2]; w < end[2]; w += step)
          box.labels.push_back(static_cast<std::uint8_t>(1 + (d + 3 * h + 7 * w) % 5));
    return box;
  };
  return volume;
}

}  // namespace

TEST_CASE("bricks that are wanted arrive, in any order of wishes, and no more are held than the budget") {
  const auto pyramid = std::make_shared<LabelPyramid>(make_volume());
  REQUIRE(pyramid->base_level() == 3);
  constexpr std::uint64_t brick_bytes = 32 * 32 * 32, budget = 20 * brick_bytes;
  std::atomic<int> arrivals = 0;
  BrickCache cache(pyramid, budget, [&] {
    ++arrivals;
    arrivals.notify_all();
  });
  std::mt19937 random(3);
  const auto any = [&] {
    const int level = static_cast<int>(random() % 3);
    const auto n = static_cast<std::uint32_t>(pyramid->bricks(level)[0]);
    const auto along = [&] { return static_cast<std::int64_t>(random() % n); };
    return Brick{level, {along(), along(), along()}};
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<Brick> wishes(1 + random() % 19);
    for (auto& wish : wishes) wish = any();
    cache.want(wishes);
    cache.find(wishes.back());
    if (round % 10) continue;
    for (;;) {
      const int before = arrivals;
      if (!cache.busy()) break;
      if (cache.find(wishes.front())) break;
      arrivals.wait(before);
    }
    const auto found = cache.find(wishes.front());
    const Brick& first = wishes.front();
    if (first == Brick{0, {0, 0, 0}}) {
      CHECK(!found);
      continue;
    }
    REQUIRE(found);
    CHECK(found->extent == Index3{32, 32, 32});
    const std::int64_t step = std::int64_t{1} << first.level;
    const Index3 at{5, 6, 7};
    std::int64_t sum = 0;
    for (std::size_t axis = 0; axis < 3; ++axis)
      sum += (first.at[axis] * 32 + at[axis]) * step * std::array<std::int64_t, 3>{1, 3, 7}[axis];
    CHECK(found->at(at) == 1 + sum % 5);
    CHECK(cache.bytes() <= budget);
  }
}
