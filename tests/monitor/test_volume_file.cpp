#include "monitor/volume_file.hpp"

#include <rapidcheck.h>
#include <algorithm>
#include <map>
#include <random>

#include "catch.hpp"
#include "core/error.hpp"
#include "fuzz.hpp"
#include "storage/checksum.hpp"
#include "watching.hpp"

using namespace scaffold;
using namespace scaffold::monitor;

TEST_CASE("a recorded volume comes back voxel by voxel at every level") {
  rc::check([] {
    const auto edge = [] { return *rc::gen::inRange<std::int64_t>(1, 90); };
    VolumeSnapshot volume = some_volume(4, 2, {edge(), edge(), edge()}, *rc::gen::arbitrary<unsigned>());
    volume.reduction = 1;
    const VolumeFile file(encode_volume(volume), "test");
    RC_ASSERT(file.scores() == volume.scores);
    RC_ASSERT(file.facts().reduction == 1);
    auto prediction = volume.prediction, truth = volume.truth;
    auto dims = volume.dims;
    for (int level = 0; level < file.facts().levels; ++level) {
      RC_ASSERT(file.labels(Part::prediction, level) == prediction);
      RC_ASSERT(file.labels(Part::truth, level) == truth);
      prediction = halved(prediction, dims);
      truth = halved(truth, dims);
      for (auto& extent : dims) extent = (extent + 1) / 2;
    }
    const Dims last = file.dims(file.facts().levels - 1);
    RC_ASSERT(*std::max_element(last.begin(), last.end()) <= 64u);
  });
}

TEST_CASE("a coarser voxel has the most frequent class of its eight that is not background") {
  rc::check([] {
    const auto edge = [] { return *rc::gen::inRange<std::int64_t>(1, 6); };
    const std::array<std::int64_t, 3> dims{edge(), edge(), edge()};
    const auto n = static_cast<std::size_t>(dims[0] * dims[1] * dims[2]);
    const auto labels =
        *rc::gen::container<std::vector<std::uint8_t>>(n, rc::gen::inRange<std::uint8_t>(0, 4));
    const auto half = halved(labels, dims);
    std::size_t at = 0;
    for (std::int64_t z = 0; z < dims[0]; z += 2)
      for (std::int64_t y = 0; y < dims[1]; y += 2)
        for (std::int64_t x = 0; x < dims[2]; x += 2, ++at) {
          std::map<int, int> votes;
          for (std::int64_t d = z; d < std::min(z + 2, dims[0]); ++d)
            for (std::int64_t h = y; h < std::min(y + 2, dims[1]); ++h)
              for (std::int64_t w = x; w < std::min(x + 2, dims[2]); ++w)
                ++votes[labels[static_cast<std::size_t>((d * dims[1] + h) * dims[2] + w)]];
          votes.erase(0);
          int best = 0, most = 0;
          for (const auto& [label, count] : votes)
            if (count > most) {
              most = count;
              best = label;
            }
          RC_ASSERT(half[at] == best);
        }
    RC_ASSERT(at == half.size());
  });
}

TEST_CASE("a damaged, truncated or forged recording is refused, never read beyond its end") {
  const std::string good = encode_volume(some_volume(1, 2, {20, 10, 70}));
  std::mt19937 random(7);
  for (std::size_t n = 0; n < good.size(); n += 1 + n / 50)
    REQUIRE_THROWS_AS(VolumeFile(good.substr(0, n), "test"), DataError);
  int refused = 0;
  for (int round = 0; round < fuzz_rounds(3000); ++round) {
    std::string bytes = good;
    for (unsigned k = 1 + random() % 3; k-- > 0;) bytes[random() % 600] = static_cast<char>(random());
    // The checksum made right again: a forger would.
    const std::uint64_t sum = checksum(std::string_view(bytes).substr(0, bytes.size() - 8));
    for (std::size_t i = 0; i < 8; ++i) bytes[bytes.size() - 8 + i] = static_cast<char>(sum >> (8 * i));
    try {
      const VolumeFile file(bytes, "test");
      for (int level = 0; level < file.facts().levels; ++level) file.labels(Part::error, level);
    } catch (const DataError&) {
      ++refused;
    }
  }
  CHECK(refused > 0);
}

TEST_CASE("names of recordings say epoch and volume, and nothing else is taken for one") {
  std::int64_t epoch = 0, volume = 0;
  REQUIRE(parse_volume_file_name(volume_file_name(12, 345), epoch, volume));
  CHECK(epoch == 12);
  CHECK(volume == 345);
  for (const char* name :
       {"epoch_1_volume_2.vol", "epoch_000001_volume_000002.vol.tmp", "epoch_-00001_volume_000002.vol", "",
        "x", "epoch_000001_volume_.vol", "epoch__volume__.vol"})
    CHECK_FALSE(parse_volume_file_name(name, epoch, volume));
}
