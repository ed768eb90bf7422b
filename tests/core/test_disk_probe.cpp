
#include "catch.hpp"
#include "core/disk_probe.hpp"
#include "core/error.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;

TEST_CASE("a disk is measured and left as it was") {
  const TemporaryFolder folder;
  const DiskSpeed speed = probe_disk(folder / "", 5 << 20);
  CHECK(speed.write_bytes_per_second > 0);
  CHECK(speed.read_bytes_per_second > 0);
  CHECK(fs::is_empty(folder / ""));
  CHECK_THROWS_AS(probe_disk(folder / "none", 1 << 20), SystemError);
}

TEST_CASE("a probe's file has the size asked for, also over an older one, and is read that far") {
  const TemporaryFolder folder;
  for (const std::uint64_t bytes : {std::uint64_t{9} << 20, std::uint64_t{5}, std::uint64_t{0}}) {
    write_probe(folder / "f", bytes);
    CHECK(fs::file_size(folder / "f") == bytes);
    CHECK_NOTHROW(read_probe(folder / "f", bytes));
  }
  CHECK_THROWS_AS(read_probe(folder / "f", 1), DataError);
}

TEST_CASE("a scratch folder goes with all that is in it") {
  const TemporaryFolder folder;
  fs::path path;
  {
    const ScratchFolder scratch(folder / "made");
    path = scratch.path();
    write_probe(path / "f", 10);
    CHECK(path.parent_path() == folder / "made");
  }
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("file systems are named by the mount that holds a path") {
  CHECK(file_system_type("/proc/self") == "proc");
  CHECK_FALSE(file_system_type("/").empty());
  CHECK(file_system_type("/process-that-is-no-mount") == file_system_type("/"));
}
