#include <catch2/catch.hpp>

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

TEST_CASE("file systems are named by the mount that holds a path") {
  CHECK(file_system_type("/proc/self") == "proc");
  CHECK_FALSE(file_system_type("/").empty());
  CHECK(file_system_type("/process-that-is-no-mount") == file_system_type("/"));
}
