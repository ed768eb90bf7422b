// Going from volume to volume in a filtered list.
#include <rapidcheck.h>
#include <algorithm>

#include "catch.hpp"
#include "panels/fractal_unet/volume_list.hpp"

using namespace scaffold::viewer;

TEST_CASE("a step goes to the neighboring row, and into the list from a volume that it does not hold") {
  CHECK(rc::check([] {
    const auto volumes = *rc::gen::unique<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 30));
    VolumeList list;
    list.set_volumes(volumes);
    for (std::size_t i = 0; i < volumes.size(); ++i) {
      RC_ASSERT(list.step(volumes[i], 1) ==
                (i + 1 < volumes.size() ? std::optional(volumes[i + 1]) : std::nullopt));
      RC_ASSERT(list.step(volumes[i], -1) == (i > 0 ? std::optional(volumes[i - 1]) : std::nullopt));
    }
    const auto other = *rc::gen::inRange<std::int64_t>(0, 30);
    RC_PRE(std::ranges::find(volumes, other) == volumes.end());
    for (const int by : {1, -1}) {
      std::optional<std::int64_t> nearest;
      for (std::int64_t v = other + by; v >= 0 && v < 30 && !nearest; v += by)
        if (std::ranges::find(volumes, v) != volumes.end()) nearest = v;
      RC_ASSERT(list.step(other, by) == nearest);
    }
  }));
}
