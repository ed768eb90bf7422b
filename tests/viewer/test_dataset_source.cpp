// What the viewer says of a dataset against what the reader reads.
#include <sys/stat.h>

#include <algorithm>

#include "../dataset/small.hpp"
#include "catch.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "sources/background.hpp"
#include "sources/fractal_unet/dataset_source.hpp"

using namespace scaffold;
using namespace scaffold::viewer;
using namespace scaffold::testing;

namespace {

fs::path make_dataset(const fs::path& folder, int scale, const char* format) {
  DatasetSpec spec = small_spec(folder);
  spec.problem_scale = scale;
  spec.format = format;
  spec.dc_num_shards = {2, 1, 2};
  return ensure_dataset(spec, small_library(3), 2).folder;
}

std::vector<std::uint8_t> whole(const DatasetReader& reader, std::int64_t volume) {
  const std::int64_t edge = reader.info().extents[0];
  std::vector<std::uint8_t> mask(static_cast<std::size_t>(edge * edge * edge));
  reader.read_box(volume, {{0, 0, 0}, {edge, edge, edge}}, nullptr, mask.data());
  return mask;
}

ClassCounts counted(const std::vector<std::uint8_t>& mask) {
  ClassCounts voxels;
  for (std::uint8_t c = 0; c < 4; ++c) voxels.push_back(std::ranges::count(mask, c));
  return voxels;
}

}  // namespace

TEST_CASE("an index that is a pipe is not waited for") {
  const TemporaryFolder folder;
  REQUIRE(::mkfifo((folder.path() / "index.json").c_str(), 0600) == 0);
  CHECK_THROWS_AS(DatasetSource(folder.path()), DataError);
}

TEST_CASE("volumes that are cut or missing are told of, and the others are shown") {
  const TemporaryFolder folder;
  const fs::path made = make_dataset(folder.path(), 4, "dense");
  const DatasetSource sound(made);
  CHECK(sound.lost().empty());
  const std::vector<std::string> file = [&] {
    std::vector<std::string> names;
    for (const auto& volume : sound.reader().index().volumes) names.push_back(volume.file);
    return names;
  }();
  REQUIRE(file.size() > 3);
  fs::resize_file(made / file[1], 1000);
  fs::remove(made / file[2]);
  CHECK_THROWS_AS(DatasetReader(made), DataError);  // who trains needs all of them
  const DatasetSource source(made);
  CHECK_THAT(source.lost(),
             Catch::Contains(cat("2 of ", file.size(), " volumes")) && Catch::Contains(file[1]));
  CHECK(source.load(0, 1 << 20).labels.labels == sound.load(0, 1 << 20).labels.labels);
  CHECK(source.load(3, 1 << 20).labels.labels == sound.load(3, 1 << 20).labels.labels);
  CHECK_THROWS_WITH(source.load(1, 1 << 20), Catch::Contains(file[1]) && Catch::Contains("truncated"));
  CHECK_THROWS_WITH(source.load(2, 1 << 20), Catch::Contains(file[2]));
}

TEST_CASE("each occupied voxel was written by the instance that is said to have written it") {
  const TemporaryFolder folder;
  const DatasetSource source(make_dataset(folder.path(), 5, "compact"));
  for (std::int64_t v = 0; v < source.volumes(); ++v) {
    const auto mask = whole(source.reader(), v);
    const VolumeOrigins origins = source.origins(v);
    REQUIRE(origins.fractals.size() == 3);
    std::int64_t occupied = 0, seen = 0, written = 0;
    for (std::size_t i = 0; i < mask.size(); ++i) {
      const auto n = static_cast<std::int64_t>(i);
      const auto owner = origins.owner({n / (32 * 32), n / 32 % 32, n % 32});
      if (owner.has_value() != (mask[i] != 0) || (owner && origins.fractals[*owner].category + 1 != mask[i]))
        FAIL("voxel " << i << " of volume " << v);
      occupied += mask[i] != 0;
    }
    for (const auto& fractal : origins.fractals) {
      written += static_cast<std::int64_t>(fractal.voxels.size());
      seen += static_cast<std::int64_t>(fractal.voxels.size()) - fractal.overwritten;
    }
    CHECK(origins.occupied == occupied);
    CHECK(seen == occupied);
    CHECK(written >= occupied);
  }
}

TEST_CASE("a volume that does not fit the budget is reduced, and finer voxels can be had") {
  const TemporaryFolder folder;
  for (const char* format : {"dense", "compact"}) {
    const DatasetSource source(make_dataset(folder.path() / format, 7, format));
    const auto mask = whole(source.reader(), 2);
    const auto [full, voxels] = source.load(2, mask.size());
    CHECK(full.labels == mask);
    CHECK(!full.finer);
    double last = 0;
    const auto [small, voxels_of_small] = source.load(2, 40000, [&](double share) {
      CHECK(share >= last);
      last = share;
    });
    CHECK(last == 1);
    CHECK(voxels == counted(mask));
    CHECK(voxels_of_small == voxels);
    CHECK(small.step == 4);
    CHECK(small.extent == Index3{32, 32, 32});
    CHECK(small.labels == halved(halved(full)).labels);
    REQUIRE(small.finer);
    const LabelVolume box = small.finer({32, 0, 64}, {64, 64, 128}, 2);
    CHECK(box.extent == Index3{16, 32, 32});
    const LabelVolume half = halved(full);
    for (std::int64_t d = 0; d < 16; ++d)
      for (std::int64_t h = 0; h < 32; ++h)
        for (std::int64_t w = 0; w < 32; ++w)
          if (box.at(d, h, w) != half.at(16 + d, h, 32 + w)) FAIL("voxel " << d << " " << h << " " << w);
    CHECK_THROWS_AS(source.load(2, 40000, [](double) { throw Cancelled(); }), Cancelled);
  }
}

TEST_CASE("the statistics of a dataset are the sums over its volumes") {
  const TemporaryFolder folder;
  const DatasetSource source(make_dataset(folder.path(), 5, "compact"));
  double last = 0;
  const DatasetStatistics found = source.statistics([&](double share) {
    CHECK(share >= last);
    last = share;
  });
  CHECK(last == 1);
  for (const bool training : {true, false}) {
    const auto& part = training ? found.training : found.validation;
    ClassCounts voxels(4), holding(4);
    std::int64_t volumes = 0;
    for (std::int64_t v = 0; v < source.volumes(); ++v) {
      if (source.is_training(v) != training) continue;
      ++volumes;
      const auto of_volume = counted(whole(source.reader(), v));
      for (std::size_t c = 0; c < 4; ++c) {
        voxels[c] += of_volume[c];
        holding[c] += of_volume[c] > 0;
      }
    }
    CHECK(volumes > 0);
    CHECK(part.volumes == volumes);
    CHECK(part.voxels == voxels);
    CHECK(part.holding == holding);
  }
  CHECK_THROWS_AS(source.statistics([](double) { throw Cancelled(); }), Cancelled);
}

TEST_CASE("a volume that vanishes or shrinks is an error that names it") {
  const TemporaryFolder folder;
  const fs::path path = make_dataset(folder.path(), 5, "compact");
  const DatasetSource source(path);
  fs::resize_file(path / "volumes" / "000001.h5", 5000);
  CHECK_THROWS_WITH(source.load(1, 1 << 20), Catch::Contains("000001.h5"));
  fs::remove(path / "volumes" / "000002.h5");
  CHECK_THROWS_WITH(source.load(2, 1 << 20), Catch::Contains("000002.h5"));
  CHECK_THROWS_AS(source.reader().peek_image(2, {0, 0, 0}), DataError);
  CHECK_THAT(DatasetSource(path).lost(), Catch::Contains("2 of "));
  fs::remove(path / "index.json");
  CHECK_THROWS_AS(DatasetSource(path), DataError);
}
