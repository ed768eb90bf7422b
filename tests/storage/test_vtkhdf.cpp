#include "catch.hpp"
#include "core/error.hpp"
#include "files.hpp"
#include "storage/vtkhdf.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;
using namespace scaffold::testing;
using Catch::Contains;

namespace {

LabelVolume volume(const fs::path& file) {
  LabelVolume labels;
  labels.name = "mask";
  labels.size = {4, 300, 17};
  labels.file = file;
  labels.object = "/deep/mask";
  return labels;
}

}  // namespace

TEST_CASE("a view says what it shows") {
  const TemporaryFolder folder;
  const fs::path file = folder / "a.vtkhdf";
  write_vtkhdf(file, volume(folder / "volumes" / "v 1.h5"));
  CHECK(is_vtkhdf_view(file));
  const VtkhdfView view = read_vtkhdf_view(file);
  CHECK(view.file == "volumes/v 1.h5");
  CHECK(view.object == "/deep/mask");
  CHECK(view.name == "mask");
  CHECK(view.size == std::array<std::int64_t, 3>{4, 300, 17});
}

TEST_CASE("a damaged view is refused, or says something that can be") {
  const TemporaryFolder folder;
  const fs::path file = folder / "a.vtkhdf";
  write_vtkhdf(file, volume(folder / "v.h5"));
  const std::string whole = slurp(file);
  const auto read = [&](const std::string& bytes) {
    spill(file, bytes);
    const VtkhdfView view = read_vtkhdf_view(file);
    CHECK(!view.file.empty());
    CHECK(!view.object.empty());
    for (const auto edge : view.size) CHECK((edge > 0 && edge <= std::int64_t{1} << 31));
  };
  const auto refused = [&](const std::string& bytes) {
    try {
      read(bytes);
      return false;
    } catch (const DataError&) {
      return true;
    }
  };
  // The link is the last that is written.
  for (std::size_t size = 0; size + 8 < whole.size(); ++size) CHECK(refused(whole.substr(0, size)));
  std::size_t told = 0;
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const char mask : {'\x01', '\x80', '\xff'}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ mask);
      told += refused(bytes);
    }
  CHECK(told > 100);  // its name, the kind, the extent, the link
  spill(file, "\x89HDF\r\n\x1a\n");
  CHECK_THROWS_WITH(read_vtkhdf_view(file), Contains("no .vtkhdf file of ours"));
  CHECK_THROWS_WITH(read_vtkhdf_view(folder / "none"), Contains("no .vtkhdf file of ours"));
}
