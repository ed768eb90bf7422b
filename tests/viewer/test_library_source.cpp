// Sources of the gallery, against the engine's own loading and testing.
#include <chrono>
#include <fstream>
#include <thread>

#include "catch.hpp"
#include "core/error.hpp"
#include "sources/fractal_unet/cloud_thumbnails.hpp"
#include "sources/fractal_unet/library_source.hpp"
#include "sources/fractal_unet/search_source.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;
using namespace scaffold::viewer;

namespace {

/// Where a library can be made: not there yet.
struct LibraryFolder {
  TemporaryFolder own;
  const fs::path path = own / "library";
};

LibrarySpec spec_in(const fs::path& base) {
  LibrarySpec spec;
  spec.base_dir = base;
  spec.points = 512;
  return spec;
}

/// Waits until `done`, ten seconds at most.
template <class Done>
bool soon(const Done& done) {
  for (int i = 0; i < 1000 && !done(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return done();
}

}  // namespace

TEST_CASE("a library's categories are read, tested and measured") {
  const LibraryFolder folder;
  const LibrarySpec spec = spec_in(folder.path);
  generate_library(spec, 6, 1);
  const Library expected = load_library(spec, 6);
  LibrarySource source(folder.path);
  source.wait();
  REQUIRE(source.size() == 6);
  CHECK(!source.busy());
  CHECK(source.points_known());
  CHECK(source.edge() == 64);  // 512 is nearer to 64³/256 than to 32³/256
  for (std::size_t k = 0; k < 6; ++k) {
    const Category category = source.category(k);
    REQUIRE(category.state == Category::State::ready);
    CHECK(category.ifs == expected.categories[k]);
    CHECK(category.result.rejection == Rejection::none);
    const Candidate again = test_candidate(category.ifs, spec, source.attempt(k).value());
    CHECK(category.result.variance == again.variance);
    for (std::size_t a = 0; a < 3; ++a)
      CHECK(category.measures.variance[a] == Approx(again.variance[a]).epsilon(1e-4));
    CHECK(category.measures.voxels > 0);
  }
}

TEST_CASE("unreadable categories are told, the others are there; a missing folder is an error") {
  const LibraryFolder folder;
  const LibrarySpec spec = spec_in(folder.path);
  generate_library(spec, 4, 1);
  std::ofstream(spec.folder() / "000001.csv") << "1,2,three\n";
  fs::remove(spec.folder() / "000002.csv");
  LibrarySource source(spec.folder());
  fs::remove(spec.folder() / "000003.csv");  // may be gone before it is read
  source.wait();
  REQUIRE(source.size() == 3);
  CHECK(source.category(0).state == Category::State::ready);
  CHECK(source.category(1).state == Category::State::unreadable);
  CHECK(source.category(1).problem.find("000001.csv") != std::string::npos);
  CHECK(source.number(2) == 3);
  CHECK_THROWS_AS(LibrarySource(folder.path / "nowhere"), DataError);
}

TEST_CASE("of several libraries one is chosen; the reference's has points to be set") {
  const LibraryFolder folder;
  LibrarySpec spec = spec_in(folder.path);
  generate_library(spec, 2, 1);
  spec.seed = 7;
  fs::create_directories(spec.reference_folder());
  std::ofstream(spec.reference_folder() / "000000.csv") << to_csv(candidate_ifs(1, 2));
  LibrarySource source(folder.path);
  REQUIRE(source.libraries().size() == 2);
  const bool second = !source.libraries()[0].from_reference;
  source.choose(second ? 1 : 0);
  CHECK(!source.points_known());
  CHECK(source.spec().seed == 7);
  CHECK(source.spec().points == 8192);
  CHECK(!source.attempt(0));
  source.set_points(1024);
  CHECK(source.spec().points == 1024);
  source.choose(second ? 0 : 1);
  CHECK(source.points_known());
  CHECK(source.spec().points == 512);
  source.wait();
  CHECK(source.category(1).state == Category::State::ready);
}

TEST_CASE("a traced cloud is the engine's, with the map of each point; a runaway's part is bounded") {
  int bounded = 0, away = 0;
  for (std::uint64_t attempt = 0; attempt < 60; ++attempt) {
    const CloudTask task = candidate_task(candidate_ifs(42, attempt), 42, 0, attempt);
    TracedCloud traced;
    trace_cloud(task, 700, traced);
    const CloudResult expected = generate_cloud_scalar(task, 700);
    REQUIRE(traced.state == expected.state);
    REQUIRE(traced.maps.size() == traced.cloud.size());
    if (expected.state == CloudState::ok) {
      ++bounded;
      REQUIRE(traced.cloud.x == expected.cloud.x);
      REQUIRE(traced.cloud.z == expected.cloud.z);
    } else {
      ++away;
      for (const float v : traced.cloud.y) REQUIRE(std::abs(v) <= 1.0001e10f);
    }
  }
  CHECK(bounded > 5);
  CHECK(away > 5);
}

TEST_CASE("the search is browsed with the results that made the library") {
  const LibraryFolder folder;
  const LibrarySpec spec = spec_in(folder.path);
  generate_library(spec, 5, 1);
  const LibraryStatistics expected = inspect_library(folder.path).libraries.front().statistics.value();
  SearchSource search([] {});
  search.browse(spec, 0, expected.tried / 2);
  REQUIRE(soon([&] { return !search.busy(); }));
  search.browse(spec, 0, expected.tried);
  REQUIRE(soon([&] { return !search.busy(); }));
  const LibraryStatistics found = search.statistics();
  CHECK(found.tried == expected.tried);
  CHECK(found.accepted == expected.accepted);
  CHECK(found.runaway == expected.runaway);
  CHECK(found.low_variance == expected.low_variance);
  const auto some = search.attempts(3, 7);
  REQUIRE(some.size() == 4);
  CHECK(some[1].number == 4);
  search.browse(spec, 100, 10);
  REQUIRE(soon([&] { return !search.busy(); }));
  CHECK(search.attempts(0, 99).front().number == 100);
}

TEST_CASE("pictures are made in the background; what is no longer wanted is not") {
  int key = 0;
  const ThumbnailStyle style{{0, 0, 0}, true, {}};
  const auto request = [&] {
    ThumbnailRequest r = instance_thumbnail({candidate_ifs(42, 0), 0, 0}, 42, 64);
    r.key = static_cast<std::uint64_t>(key++);
    r.edge = 32;
    r.style = style;
    return r;
  };
  ThumbnailMaker maker([] {});
  maker.want({request(), request(), request()});
  std::vector<FinishedThumbnail> all;
  REQUIRE(soon([&] {
    for (auto& made : maker.take()) all.push_back(std::move(made));
    return all.size() == 3;
  }));
  CHECK(all[0].request.key == 0);  // first wanted, first made
  CHECK(all[0].picture.rgba.size() == 32 * 32 * 4);
  CHECK(!maker.busy());
}
