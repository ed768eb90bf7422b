#include <set>

#include "catch.hpp"
#include "core/philox.hpp"

using namespace scaffold;

// Known answers: kat_vectors of the Random123 distribution (D. E. Shaw Research), philox4x32 10 rounds.
TEST_CASE("philox gives the published known answers") {
  CHECK(philox({0, 0, 0, 0}, 0, 0) == PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({~0u, ~0u, ~0u, ~0u}, ~0u, ~0u) ==
        PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0) ==
        PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a stream is its blocks in order and streams differ by every part of their name") {
  Stream stream(0x1122334455667788, Purpose{6}, 3, 4);
  const PhiloxBlock first = philox({0, 6, 3, 4}, 0x55667788, 0x11223344);
  for (auto word : first) CHECK(stream() == word);
  CHECK(stream() == philox({1, 6, 3, 4}, 0x55667788, 0x11223344)[0]);
  std::set<std::uint32_t> firsts;
  for (std::uint64_t seed : {1ull, 2ull, 1ull << 32})
    for (auto purpose : {Purpose{6}, Purpose::epoch_order})
      for (std::uint32_t a : {0u, 1u})
        for (std::uint32_t b : {0u, 1u}) firsts.insert(Stream(seed, purpose, a, b)());
  CHECK(firsts.size() == 24);
}

TEST_CASE("purposes of a workload are told from each other and from the engine's") {
  CHECK(are_distinct({Purpose{1}, Purpose{2}, Purpose{10}}));
  CHECK_FALSE(are_distinct({Purpose{1}, Purpose{2}, Purpose{1}}));
  CHECK_FALSE(are_distinct({Purpose{1}, Purpose::parameters}));
  CHECK_FALSE(are_distinct({Purpose::epoch_order}));
}

TEST_CASE("uniform numbers fill the unit interval evenly and below() is unbiased") {
  Stream stream(7, Purpose{6});
  double sum = 0;
  for (int i = 0; i < 100000; ++i) {
    const double u = stream.uniform();
    REQUIRE((u >= 0 && u < 1));
    sum += u;
  }
  CHECK(sum / 100000 == Approx(0.5).margin(0.005));  // 5 sigma = 0.0046
  std::array<int, 7> counts{};
  for (int i = 0; i < 70000; ++i) ++counts[stream.below(7)];
  for (int count : counts) CHECK(count == Approx(10000).margin(500));  // 5 sigma = 463
}

TEST_CASE("shuffle is a permutation") {
  std::vector<int> items(100);
  for (int i = 0; i < 100; ++i) items[i] = i;
  Stream stream(7, Purpose::epoch_order, 1);
  shuffle(items, stream);
  CHECK(std::set<int>(items.begin(), items.end()).size() == 100);
  CHECK_FALSE(std::is_sorted(items.begin(), items.end()));
}
