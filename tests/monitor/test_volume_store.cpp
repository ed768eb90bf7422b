#include "monitor/volume_store.hpp"

#include <algorithm>
#include <fstream>

#include "catch.hpp"
#include "core/error.hpp"
#include "watching.hpp"

using namespace scaffold;
using namespace scaffold::monitor;

namespace {

std::vector<std::string> names(const fs::path& folder) {
  std::vector<std::string> all;
  if (fs::exists(folder))
    for (const auto& entry : fs::directory_iterator(folder)) all.push_back(entry.path().filename().string());
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

TEST_CASE("epochs are recorded every so often, and each new best") {
  const TemporaryFolder folder;
  VolumeStore store(folder / "snapshots", {3, 1 << 30});
  for (int epoch = 1; epoch <= 7; ++epoch) store.add(some_volume(epoch, 5, {8, 8, 8}), epoch == 4);
  CHECK(names(folder / "snapshots") ==
        std::vector<std::string>{volume_file_name(3, 5), volume_file_name(4, 5), volume_file_name(6, 5)});
  CHECK(store.list().size() == 7);  // the others are in memory
}

TEST_CASE("no policy, no folder") {
  const TemporaryFolder folder;
  VolumeStore store(folder / "snapshots", {-1, 1 << 30});
  store.add(some_volume(1, 5, {8, 8, 8}), true);
  CHECK_FALSE(fs::exists(folder / "snapshots"));
  REQUIRE(store.get(1, 5));
  CHECK(store.get(1, 5)->labels(Part::truth, 0) == some_volume(1, 5, {8, 8, 8}).truth);
  CHECK_FALSE(store.get(1, 6));
}

TEST_CASE("above the limit the oldest go, those of the best epoch last") {
  const TemporaryFolder folder;
  const std::uint64_t one = encode_volume(some_volume(1, 1, {32, 32, 32})).size();
  VolumeStore store(folder / "snapshots", {1, 3 * one + one / 2}, 0);
  for (int epoch = 1; epoch <= 6; ++epoch) store.add(some_volume(epoch, 1, {32, 32, 32}), epoch == 2);
  CHECK(names(folder / "snapshots") ==
        std::vector<std::string>{volume_file_name(2, 1), volume_file_name(5, 1), volume_file_name(6, 1)});
  std::uint64_t total = 0;
  for (const auto& name : names(folder / "snapshots")) total += fs::file_size(folder / "snapshots" / name);
  CHECK(total <= 3 * one + one / 2);
}

TEST_CASE("a restart forgets what it makes void, and knows the rest") {
  const TemporaryFolder folder;
  {
    VolumeStore store(folder / "snapshots", {1, 1 << 30});
    for (int epoch = 1; epoch <= 4; ++epoch) store.add(some_volume(epoch, 9, {8, 8, 8}), false);
  }
  std::ofstream(folder / "snapshots" / volume_file_name(2, 10)) << "damaged";
  VolumeStore store(folder / "snapshots", {1, 1 << 30});
  store.drop_after(2);
  REQUIRE(store.list().size() == 2);
  CHECK(store.list()[1].epoch == 2);
  CHECK_FALSE(fs::exists(folder / "snapshots" / volume_file_name(3, 9)));
  CHECK(store.get(2, 9)->labels(Part::prediction, 0) == some_volume(2, 9, {8, 8, 8}).prediction);
}

TEST_CASE("memory holds the latest only") {
  const TemporaryFolder folder;
  const std::uint64_t one = encode_volume(some_volume(1, 1, {32, 32, 32})).size();
  VolumeStore store(folder / "snapshots", {-1, 1 << 30}, 2 * one + one / 2);
  for (int epoch = 1; epoch <= 5; ++epoch) store.add(some_volume(epoch, 1, {32, 32, 32}), false);
  REQUIRE(store.list().size() == 2);
  CHECK(store.list()[0].epoch == 4);
}
