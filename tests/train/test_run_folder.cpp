#include <set>

#include "catch.hpp"
#include "core/error.hpp"
#include "run/run_folder.hpp"
#include "temporary_folder.hpp"
#include "without_flock.hpp"

using namespace scaffold;

TEST_CASE("every run gets a folder of its own with its configuration and a restart script") {
  TemporaryFolder folder;
  MergedConfig merged;
  merged.values.base_run_dir = (folder / "it's a folder").string();
  merged.values.seed = 7;
  std::set<fs::path> paths;
  for (int i = 0; i < 3; ++i) {
    const RunFolder run = RunFolder::create(merged, "/opt/scaffold");
    paths.insert(run.path());
    CHECK(run.config().seed == 7);
    CHECK(is_run_folder(run.path()));
    CHECK(fs::exists(run.path() / "overrides.yaml"));
    const auto script = run.path() / "restart.sh";
    CHECK((fs::status(script).permissions() & fs::perms::owner_exec) != fs::perms::none);
    CHECK(std::system(("sh -n \"" + script.string() + "\"").c_str()) == 0);
  }
  CHECK(paths.size() == 3);
}

TEST_CASE("a folder that is in use, missing or no run is refused") {
  TemporaryFolder folder;
  MergedConfig merged;
  merged.values.base_run_dir = folder.path().string();
  {
    const RunFolder run = RunFolder::create(merged, "scaffold");
    CHECK_THROWS_WITH(RunFolder::open(run.path()), Catch::Contains("another process"));
  }
  CHECK_THROWS_AS(RunFolder::open(folder / "missing"), DataError);
  CHECK_THROWS_AS(RunFolder::open(folder.path()), DataError);
  merged.values.base_run_dir = "/proc/scaffold";
  CHECK_THROWS_AS(RunFolder::create(merged, "scaffold"), SystemError);
}

TEST_CASE("opening a run folder removes what a killed session was writing and nothing else") {
  TemporaryFolder folder;
  MergedConfig merged;
  merged.values.base_run_dir = folder.path().string();
  const fs::path path = RunFolder::create(merged, "scaffold").path();
  fs::create_directory(path / "checkpoints");
  const std::vector<fs::path> left{temporary_beside(path / "train_stats.csv"),
                                   temporary_beside(path / "checkpoints" / "last.h5")};
  const std::vector<fs::path> kept{path / "checkpoints" / "last.h5", path / "notes.tmp", path / ".hidden"};
  for (const auto& files : {left, kept})
    for (const auto& file : files) write_atomic(file, "x");
  const RunFolder run = RunFolder::open(path);
  for (const auto& file : left) CHECK_FALSE(fs::exists(file));
  for (const auto& file : kept) CHECK(fs::exists(file));
}

TEST_CASE("where nothing can be locked no run folder stays") {
  for (const int error : errors_without_flock) {
    TemporaryFolder folder;
    MergedConfig merged;
    merged.values.base_run_dir = folder.path().string();
    const WithoutFlock fails(error);
    CHECK_THROWS_AS(RunFolder::create(merged, "scaffold"), SystemError);
    CHECK(fs::is_empty(folder.path()));
  }
}
