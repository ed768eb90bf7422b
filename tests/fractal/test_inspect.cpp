
#include "catch.hpp"
#include "core/error.hpp"
#include "fractal_unet/bench/fractals.hpp"
#include "fractal_unet/fractal/inspect.hpp"
#include "library_folder.hpp"
#include "plain.hpp"

using namespace scaffold;

TEST_CASE("inspection lists the libraries at or below a path") {
  const QuietLog quiet;
  const TemporaryFolder folder;
  LibrarySpec spec = small_spec(folder);
  generate_library(spec, 4, 1);
  LibrarySpec wider = small_spec(folder, 1024);
  generate_library(wider, 2, 1);
  LibrarySpec other = spec;
  other.seed = 7;
  write_text(other.reference_folder() / "000000.csv", to_csv(plain::gentle()));
  write_text(folder / "unrelated" / "points5" / "000000.csv", "not below var…/seed…");

  const LibraryInfo all = inspect_library(folder.path());
  REQUIRE(all.libraries.size() == 3);
  CHECK(inspect_library(folder / "var0.15").libraries.size() == 3);
  CHECK(inspect_library(folder / "var0.15" / "seed42").libraries.size() == 2);
  for (const fs::path& path : {spec.folder(), spec.folder() / ""}) {
    const LibraryInfo one = inspect_library(path);
    REQUIRE(one.libraries.size() == 1);
    const LibrarySummary& s = one.libraries[0];
    CHECK(s.categories == 4);
    CHECK_FALSE(s.from_reference);
    REQUIRE(s.spec);
    CHECK(s.spec->points == 512);
    CHECK(s.spec->seed == 42);
    CHECK(s.spec->variance_threshold == 0.15);
    CHECK(s.spec->folder() == fs::canonical(spec.folder()));
    REQUIRE(s.statistics);
    CHECK(s.statistics->accepted == 4);
    CHECK(s.statistics->tried == s.statistics->accepted + s.statistics->runaway + s.statistics->not_finite +
                                     s.statistics->flat + s.statistics->low_variance);
    CHECK(s.generator.rfind("scaffold ", 0) == 0);
    CHECK(s.problems.empty());
  }
  const LibrarySummary reference = inspect_library(other.reference_folder()).libraries.at(0);
  CHECK(reference.from_reference);
  CHECK(reference.categories == 1);
  CHECK(reference.spec->seed == 7);
  CHECK(reference.problems.empty());
  CHECK(is_library_path(folder.path()));
  CHECK_FALSE(is_library_path(folder / "nowhere"));
  CHECK_FALSE(is_library_path(spec.folder() / "000000.csv"));
  CHECK_THROWS_AS(inspect_library(folder / "unrelated"), DataError);
  CHECK_THROWS_AS(inspect_library(folder / "nowhere"), DataError);
}

TEST_CASE("inspection names what is wrong with a library") {
  const QuietLog quiet;
  const TemporaryFolder folder;
  const LibrarySpec spec = small_spec(folder);
  generate_library(spec, 5, 1);
  const auto problems = [&] {
    std::string text;
    const LibraryInfo info = inspect_library(spec.folder());
    for (const std::string& p : info.libraries.at(0).problems) text += p + "\n";
    return text;
  };
  using Catch::Contains;
  CHECK(problems().empty());
  fs::remove(spec.folder() / "000002.csv");
  CHECK_THAT(problems(), Contains("holes: categories 2"));
  write_text(spec.folder() / "000002.csv", "");
  CHECK_THAT(problems(), Contains("'000002.csv' has 0 bytes"));
  write_text(spec.folder() / "library.json", "{");
  CHECK_THAT(problems(), Contains("not a JSON object"));
  fs::remove(spec.folder() / "library.json");
  CHECK_THAT(inspect_library(spec.folder()).libraries.at(0).notes.at(0), Contains("no library.json"));
  // A folder carried to another name.
  fs::remove(spec.folder() / "000002.csv");
  generate_library(spec, 5, 1);
  LibrarySpec moved = spec;
  moved.seed = 5;
  fs::create_directories(moved.folder().parent_path());
  fs::copy(spec.folder(), moved.folder());
  CHECK_THAT(inspect_library(moved.folder()).libraries.at(0).problems.at(0), Contains("other settings"));
}

TEST_CASE("the benchmark measures lanes that give the scalar loop's bits") {
  bench::Limits limits;
  limits.least = limits.most = 3;
  const bench::Report report = bench_fractals({500, 9, 2, limits});
  CHECK(report.facts.back().second == "yes");
  CHECK(report.threads == 2);
  REQUIRE(report.comparisons.size() == 2);
  const auto names = [&](std::size_t i) {
    std::vector<std::string> all;
    for (const auto& one : report.comparisons[i].alternatives) all.push_back(one.name);
    return all;
  };
  CHECK(names(0) == std::vector<std::string>{"plain scalar loop", std::string(cloud_lanes()) + " lanes"});
  CHECK(names(1) == std::vector<std::string>{"1 thread", "2 threads"});
  for (const auto& comparison : report.comparisons) {
    CHECK(comparison.rounds == 3);
    for (const auto& one : comparison.alternatives) CHECK(one.seconds.median > 0);
  }
  CHECK(report.comparisons[0].work.items == 9 * 500);
  CHECK(report.comparisons[1].work.items == 32 * 9 * 500);  // made 32 times over
  CHECK_THROWS_AS(bench_fractals({1, 1, 1, limits}), ConfigError);
}
