#include <catch2/catch.hpp>
#include <set>

#include "core/error.hpp"
#include "temporary_folder.hpp"
#include "train/run_folder.hpp"

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
