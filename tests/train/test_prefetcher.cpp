#include <ATen/ATen.h>

#include <atomic>

#include "catch.hpp"
#include "fractal_unet/network/volume.hpp"
#include "job/prefetcher.hpp"
#include "small_run.hpp"

using namespace scaffold;

TEST_CASE("a feed gives the same batches ahead or not, from images or from masks alone") {
  const SmallRun small;
  const DatasetReader dataset(small.info.folder);
  const std::vector<std::int32_t> order{4, 0, 3, 3, 1, 2, 5};
  for (const bool ahead : {false, true})
    for (const bool colors_there : {false, true})
      for (const std::int64_t size : {1, 2, 3}) {
        CAPTURE(ahead, colors_there, size);
        std::atomic<int> allocated{0};
        PrefetcherOptions options{{}, ahead, {}};
        if (colors_there) options.expansion = color_expansion(dataset, at::kCPU);
        options.loading.allocate = [&](std::uint64_t bytes) {
          ++allocated;
          return std::shared_ptr<void>(::operator new (bytes, std::align_val_t{64}),
                                       [](void* p) { ::operator delete (p, std::align_val_t{64}); });
        };
        Prefetcher feed(dataset, at::kCPU, options);
        CHECK(feed.next(size).empty());
        for (int round = 0; round < 3; ++round) {
          feed.start(order);
          std::size_t at = 0;
          // The second time it is left in the middle, with a batch on its way.
          const std::size_t end = round == 1 ? 3 : order.size();
          while (at < end) {
            const Batch batch = feed.next(size);
            REQUIRE(batch.size() ==
                    std::min<std::int64_t>(size, static_cast<std::int64_t>(order.size() - at)));
            for (std::int64_t i = 0; i < batch.size(); ++i, ++at) {
              const Batch expected = read_volume(dataset, order[at]);
              CHECK(at::equal(batch[field::image][i], expected[field::image][0]));
              CHECK(at::equal(batch[field::mask][i], expected[field::mask][0]));
            }
          }
          if (round != 1) CHECK(feed.next(size).empty());
        }
        CHECK(allocated > 0);
      }
}
