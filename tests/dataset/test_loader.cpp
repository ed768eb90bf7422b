#include <rapidcheck.h>
#include <atomic>
#include <map>
#include <numeric>
#include <set>

#include "catch.hpp"
#include "core/error.hpp"
#include "core/philox.hpp"
#include "data/loader.hpp"
#include "small.hpp"

using namespace scaffold;
using namespace scaffold::testing;

namespace {
struct Small {
  TemporaryFolder folder;
  DatasetReader reader;
  explicit Small(std::array<std::int64_t, 3> shards = {1, 1, 1})
      : reader([&] {
          DatasetSpec spec = small_spec(folder.path());
          spec.dc_num_shards = shards;
          return ensure_dataset(spec, small_library(3), 2).folder;
        }()) {}
};

bool holds(const Sample& sample, const DatasetReader& reader, std::int64_t shard) {
  const auto voxels = static_cast<std::size_t>(reader.layout().block(shard).voxels());
  std::vector<float> image(3 * voxels);
  std::vector<std::uint8_t> mask(voxels);
  reader.read_block(sample.number(), shard, image.data(), mask.data());
  return sample.size() == reader.layout().block(shard).size &&
         std::memcmp(image.data(), sample.data(field::image), image.size() * sizeof(float)) == 0 &&
         std::memcmp(mask.data(), sample.data(field::mask), mask.size()) == 0;
}
}  // namespace

TEST_CASE("samples come in the order asked for, with their contents, at any number of workers") {
  const Small small({2, 1, 1});
  for (const int workers : {0, 1, 3, 8})
    for (const std::uint64_t budget : {std::uint64_t{0}, std::uint64_t{1} << 30}) {
      Loader loader(small.reader,
                    {.box = small.reader.layout().block(1), .workers = workers, .budget_bytes = budget});
      if (budget == 0) CHECK(loader.capacity() == 2);
      CHECK_FALSE(loader.next());
      for (const auto& order :
           {std::vector<std::int32_t>{3, 1, 4, 1, 5, 0, 8, 2, 7, 6}, {2}, {}, {7, 7, 7}}) {
        loader.start(order);
        for (const auto volume : order) {
          const auto sample = loader.next();
          REQUIRE(sample);
          CHECK(sample->number() == volume);
          CHECK(holds(*sample, small.reader, 1));
          CHECK(reinterpret_cast<std::uintptr_t>(sample->data(field::image)) % 64 == 0);
          CHECK(reinterpret_cast<std::uintptr_t>(sample->data(field::mask)) % 64 == 0);
        }
        CHECK_FALSE(loader.next());
        CHECK_FALSE(loader.next());
      }
    }
}

TEST_CASE("the budget bounds what is read ahead") {
  const Small small;
  const std::uint64_t sample_bytes = 16 * 16 * 16 * 13;
  const Loader loader(small.reader, {.workers = 2, .budget_bytes = 5 * sample_bytes + 100});
  CHECK(loader.capacity() == 5);
}

TEST_CASE("a caller may hold more samples than the budget, and keep them after the loader") {
  const Small small;
  std::vector<Sample> held;
  {
    Loader loader(small.reader, {.workers = 2, .budget_bytes = 0});
    std::vector<std::int32_t> order(9);
    std::iota(order.begin(), order.end(), 0);
    loader.start(order);
    while (auto sample = loader.next()) held.push_back(std::move(*sample));
  }
  REQUIRE(held.size() == 9);
  for (int v = 0; v < 9; ++v) {
    CHECK(held[v].number() == v);
    CHECK(holds(held[v], small.reader, 0));
  }
  held[0] = std::move(held[8]);
  CHECK(held[0].number() == 8);
}

TEST_CASE("buffers go round instead of being allocated anew") {
  const Small small;
  Loader loader(small.reader, {.workers = 1, .budget_bytes = 0});
  std::set<const void*> seen;
  for (int epoch = 0; epoch < 10; ++epoch) {
    loader.start({0, 1, 2, 3, 4, 5, 6, 7, 8});
    while (const auto sample = loader.next()) seen.insert(sample->data(field::image));
  }
  CHECK(seen.size() <= 4);  // two read ahead, one being read, one held
}

TEST_CASE("a failure arrives in its place and the loader goes on") {
  const Small small;
  const auto file = small.reader.info().folder / "volumes/000002.h5";
  const std::string good = slurp(file);
  std::string bad = good;
  bad[small.reader.index().volumes[2].mask_offset[0] + 5] ^= 1;
  spill(file, bad);
  for (const int workers : {0, 2}) {
    Loader loader(small.reader, {.workers = workers, .budget_bytes = 0});
    loader.start({0, 1, 2, 3});
    CHECK(loader.next()->number() == 0);
    CHECK(loader.next()->number() == 1);
    CHECK_THROWS_AS(loader.next(), DataError);
    CHECK(loader.next()->number() == 3);
    CHECK_FALSE(loader.next());
    loader.start({99});
    CHECK_THROWS_AS(loader.next(), DataError);
  }
  CHECK_THROWS_AS(Loader(small.reader, {.workers = -1}), Error);
}

TEST_CASE("loaders stop and start anew at any moment") {
  const Small small;
  std::vector<std::int32_t> order(200);
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int32_t>(i % 9);
  for (int taken = 0; taken < 12; ++taken) {
    Loader loader(small.reader, {.workers = 3, .budget_bytes = std::uint64_t{1} << 20});
    loader.start(order);
    for (int i = 0; i < taken; ++i) CHECK(loader.next());
    loader.start({5, 6});
    const auto sample = loader.next();
    REQUIRE(sample);
    CHECK(sample->number() == 5);
    CHECK(holds(*sample, small.reader, 0));
    loader.start(order);  // and is destroyed in the middle of it
  }
}

TEST_CASE("an epoch's order holds every sample once, then repeats from its start") {
  CHECK(rc::check([] {
    const int n = *rc::gen::inRange(1, 40);
    const std::int64_t batch = *rc::gen::inRange(1, 60);
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const auto epoch = *rc::gen::inRange<std::uint32_t>(0, 1000);
    std::vector<int> training;
    for (int i = 0; i < n; ++i) training.push_back(3 * i + 1);
    const auto order = epoch_order(training, seed, epoch, batch);
    RC_ASSERT(static_cast<std::int64_t>(order.size()) == (n + batch - 1) / batch * batch);
    RC_ASSERT(std::set<int>(order.begin(), order.begin() + n) ==
              std::set<int>(training.begin(), training.end()));
    for (std::size_t i = static_cast<std::size_t>(n); i < order.size(); ++i)
      RC_ASSERT(order[i] == order[i - static_cast<std::size_t>(n)]);
    RC_ASSERT(order == epoch_order(training, seed, epoch, batch));
  }));
  const std::vector<int> many = [] {
    std::vector<int> v(168);
    std::iota(v.begin(), v.end(), 0);
    return v;
  }();
  CHECK(epoch_order(many, 1, 0, 1) != epoch_order(many, 1, 1, 1));
  CHECK(epoch_order(many, 1, 0, 1) != epoch_order(many, 2, 0, 1));
  CHECK(epoch_order({}, 1, 0, 4).empty());
}
