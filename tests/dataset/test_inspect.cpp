#include <algorithm>

#include "catch.hpp"
#include "core/error.hpp"
#include "fractal_unet/dataset/inspect.hpp"
#include "small.hpp"

using namespace scaffold;
using namespace scaffold::testing;
using Catch::Contains;

namespace {
std::string value(const Inspection& inspection, const std::string& label) {
  for (const auto& [key, text] : inspection.lines)
    if (key == label) return text;
  return "(none)";
}
}  // namespace

TEST_CASE("a dataset says what it is and what is wrong with it") {
  const TemporaryFolder folder;
  const DatasetSpec spec = small_spec(folder.path());
  const auto info = ensure_dataset(spec, small_library(3), 2);
  const Inspection good = inspect_dataset(info.folder);
  CHECK(value(good, "kind") == "dataset");
  CHECK(value(good, "hash") == info.hash);
  CHECK(value(good, "volumes") == "9 (7 training, 2 validation)");
  CHECK(value(good, "variance_threshold") == "0.15");
  CHECK(good.problems.empty());

  fs::resize_file(info.folder / "volumes/000001.h5", 5000);
  fs::remove(info.folder / "volumes/000004.h5");
  const Inspection bad = inspect_dataset(info.folder);
  REQUIRE(bad.problems.size() == 2);
  CHECK_THAT(bad.problems[0], Contains("000001.h5") && Contains("truncated"));
  CHECK_THAT(bad.problems[1], Contains("000004.h5") && Contains("No such file"));
  CHECK_THROWS_AS(inspect_dataset(folder.path()), DataError);
}

TEST_CASE("a volume says what it is") {
  const TemporaryFolder folder;
  DatasetSpec spec = small_spec(folder.path());
  const auto info = ensure_dataset(spec, small_library(3), 2);
  const DatasetReader reader(info.folder);
  const int number = reader.validation()[0];
  const auto file = info.folder / reader.index().volumes[static_cast<std::size_t>(number)].file;
  const Inspection volume = inspect_volume(file);
  CHECK(value(volume, "kind") == "volume");
  CHECK(value(volume, "split") == "validation");
  CHECK(value(volume, "dataset") == info.hash);
  CHECK(value(volume, "/image") == "float32 [3, 16, 16, 16]");
  CHECK(value(volume, "/mask") == "uint8 [16, 16, 16]");
  CHECK_THROWS_AS(inspect_volume(info.folder / "index.json"), DataError);
}
