#include <random>

#include "catch.hpp"
#include "core/error.hpp"
#include "library_folder.hpp"
#include "plain.hpp"

using namespace scaffold;

TEST_CASE("category k is the k-th accepted attempt for any number of threads") {
  const QuietLog quiet;
  std::map<std::string, std::string> first;
  for (const int threads : {1, 2, 3}) {
    const TemporaryFolder folder;
    const LibrarySpec spec = small_spec(folder);
    CHECK(generate_library(spec, 12, threads) == spec.folder());
    if (first.empty()) first = contents(folder.path());
    CHECK(contents(folder.path()) == first);
  }
  CHECK(first.size() == 13);
  // The attempts one by one.
  LibrarySpec spec;
  spec.points = 512;
  int found = 0;
  for (std::uint64_t attempt = 0; found < 12; ++attempt) {
    const Ifs ifs = candidate_ifs(42, attempt);
    if (test_candidate(ifs, spec, attempt).rejection != Rejection::none) continue;
    const auto file =
        "var0.15/seed42/points512/0000" + std::string(found < 10 ? "0" : "") + std::to_string(found) + ".csv";
    REQUIRE(first.count(file) == 1);
    CHECK(ifs_from_csv(first[file], file) == ifs);
    ++found;
  }
}

TEST_CASE("growing a library gives the same files as making it at once") {
  const QuietLog quiet;
  const TemporaryFolder at_once, grown;
  generate_library(small_spec(at_once), 9, 2);
  for (const int n : {1, 4, 4, 3, 9}) generate_library(small_spec(grown), n, 2);
  CHECK(contents(grown.path()) == contents(at_once.path()));
}

TEST_CASE("holes get the same category back and nothing is overwritten") {
  const QuietLog quiet;
  const TemporaryFolder folder;
  const LibrarySpec spec = small_spec(folder);
  generate_library(spec, 6, 2);
  const auto before = contents(folder.path());
  const auto kept = fs::last_write_time(spec.folder() / "000003.csv");
  std::mt19937 random(3);
  for (int round = 0; round < 20; ++round) {
    for (int k = 0; k < 6; ++k)
      if (k != 3 && random() % 2) fs::remove(spec.folder() / ("00000" + std::to_string(k) + ".csv"));
    if (random() % 2) fs::remove(spec.folder() / "library.json");  // then the search is done again
    generate_library(spec, 6, 2);
    REQUIRE(contents(folder.path()) == before);
  }
  CHECK(fs::last_write_time(spec.folder() / "000003.csv") == kept);
}

TEST_CASE("libraries of different settings lie apart") {
  const TemporaryFolder folder;
  LibrarySpec spec = small_spec(folder, 33554432);
  CHECK(spec.folder() == folder.path() / "var0.15" / "seed42" / "points33554432");
  CHECK(spec.reference_folder() == folder.path() / "var0.15" / "seed42" / "3DIFS_param");
  spec.variance_threshold = 0.0001;
  CHECK(spec.reference_folder() == folder.path() / "var0.0001" / "seed42" / "3DIFS_param");
  spec.variance_threshold = 1;
  CHECK(spec.reference_folder() == folder.path() / "var1.0" / "seed42" / "3DIFS_param");
  spec.variance_threshold = 1e-5;
  CHECK(spec.reference_folder() == folder.path() / "var1e-05" / "seed42" / "3DIFS_param");
}

TEST_CASE("a library is loaded as it was made") {
  const QuietLog quiet;
  const TemporaryFolder folder;
  const LibrarySpec spec = small_spec(folder);
  generate_library(spec, 5, 2);
  const Library library = load_library(spec, 4);
  CHECK_FALSE(library.from_reference);
  CHECK(library.folder == spec.folder());
  REQUIRE(library.categories.size() == 4);
  CHECK(to_csv(library.categories[3]) == read_text(spec.folder() / "000003.csv"));
  fs::remove(spec.folder() / "library.json");
  CHECK(load_library(spec, 5).categories.size() == 5);
}

TEST_CASE("force starts over but touches only our files in that folder") {
  const QuietLog quiet;
  const TemporaryFolder folder;
  LibrarySpec spec = small_spec(folder);
  generate_library(spec, 3, 1);
  const auto made = contents(spec.folder());
  LibrarySpec other = spec;
  other.seed = 43;
  generate_library(other, 2, 1);
  const auto others = contents(other.folder());
  write_text(spec.folder() / "notes.txt", "mine");
  write_text(spec.folder() / "0000001.csv", "mine");
  write_text(spec.folder() / "sub" / "000000.csv", "mine");
  write_text(spec.folder() / "000001.csv", "edited");
  write_text(spec.folder() / "000077.csv", "edited");
  generate_library(spec, 3, 1, true);
  auto now = contents(spec.folder());
  for (const char* name : {"notes.txt", "0000001.csv", "sub/000000.csv"}) {
    CHECK(now[name] == "mine");
    now.erase(name);
  }
  CHECK(now == made);
  CHECK(contents(other.folder()) == others);
}

TEST_CASE("the reference's library is used where only it exists") {
  const QuietLog quiet;
  const TemporaryFolder folder;
  const LibrarySpec spec = small_spec(folder);
  write_text(spec.reference_folder() / "000000.csv", to_csv(plain::gentle()));
  write_text(spec.reference_folder() / "000001.csv", to_csv(plain::gentle()));
  LibrarySpec loose = spec;  // gentle() is tame: its variance is checked against a threshold of its own
  loose.variance_threshold = 0.01;
  fs::create_directories(loose.reference_folder().parent_path());
  fs::copy(spec.reference_folder(), loose.reference_folder());
  const Library library = load_library(loose, 2);
  CHECK(library.from_reference);
  CHECK(library.folder == loose.reference_folder());
  CHECK(library.categories[1] == plain::gentle());
  CHECK_THROWS_WITH(load_library(loose, 3), Catch::Contains("lacks categories 2"));

  Ifs growing = plain::gentle();
  growing[0].matrix[0] = growing[1].matrix[0] = 1.2;
  write_text(loose.reference_folder() / "000001.csv", to_csv(growing));
  CHECK_THROWS_WITH(load_library(loose, 2), Catch::Contains("category 1") && Catch::Contains("runaway") &&
                                                Catch::Contains("generate_fractals"));
  CHECK(load_library(loose, 1).categories.size() == 1);

  generate_library(loose, 2, 1);
  CHECK_FALSE(load_library(loose, 2).from_reference);
}

TEST_CASE("a reference category must reach nine tenths of the threshold") {
  const QuietLog quiet;
  const TemporaryFolder folder;
  LibrarySpec spec = small_spec(folder);
  const CloudTask task{plain::gentle(), spec.seed, fractal_purpose::instance_cloud, 0, 0};
  const auto variance = test_candidates({&task, 1}, spec)[0].variance;
  const double least = *std::min_element(variance.begin(), variance.end());
  const auto load_at = [&](double threshold) {
    spec.variance_threshold = threshold;
    write_text(spec.reference_folder() / "000000.csv", to_csv(plain::gentle()));
    return load_library(spec, 1);
  };
  CHECK(load_at(least * 0.99).from_reference);
  CHECK(load_at(least * 1.09).from_reference);
  CHECK_THROWS_WITH(load_at(least * 1.13), Catch::Contains("low variance"));
}
