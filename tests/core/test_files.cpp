#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/namespaces.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;

TEST_CASE("an atomic write leaves the file and nothing beside it") {
  TemporaryFolder folder;
  write_atomic(folder / "a.txt", "one");
  write_atomic(folder / "a.txt", "two");
  CHECK(read_text(folder / "a.txt") == "two");
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("an atomic write takes no device's or pipe's place") {
  TemporaryFolder folder;
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK_THROWS_WITH(write_atomic(folder / "pipe", "one"), Catch::Contains("not a regular file"));
  CHECK(fs::is_fifo(folder / "pipe"));
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("missing files, folders and short files are data errors that name the file") {
  TemporaryFolder folder;
  CHECK_THROWS_AS(read_text(folder / "missing"), DataError);
  CHECK_THROWS_AS(open_read(folder.path()), DataError);
  write_atomic(folder / "short", "1234");
  char buffer[8];
  const auto fd = open_read(folder / "short");
  CHECK_THROWS_WITH(pread_exact(fd.get(), buffer, 8, 0, folder / "short"), Catch::Contains("truncated"));
  CHECK_THROWS_AS(read_text(folder / "short", 3), DataError);
}

TEST_CASE("a lock excludes a second process and dies with its owner") {
  TemporaryFolder folder;
  int ready[2], go[2];
  REQUIRE(pipe(ready) == 0);
  REQUIRE(pipe(go) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto lock = FileLock::try_acquire(folder / "lock");
    char byte = lock ? 'y' : 'n';
    if (write(ready[1], &byte, 1) != 1 || read(go[0], &byte, 1) != 1) _exit(2);
    _exit(0);
  }
  char byte = 0;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  CHECK(byte == 'y');
  CHECK_FALSE(FileLock::try_acquire(folder / "lock"));
  REQUIRE(write(go[1], "x", 1) == 1);
  waitpid(child, nullptr, 0);
  CHECK(FileLock::try_acquire(folder / "lock"));
}

TEST_CASE("folders that cannot be written are refused") {
  TemporaryFolder folder;
  write_atomic(folder / "file", "x");
  CHECK_THROWS_AS(ensure_writable_folder(folder / "file"), SystemError);
  CHECK_THROWS_AS(ensure_writable_folder("/proc/nothing"), SystemError);
  CHECK_NOTHROW(ensure_writable_folder(folder / "a" / "b"));
}

TEST_CASE("a scratch folder is found where TMPDIR is gone, no folder or not to be written to") {
  TemporaryFolder folder;
  write_atomic(folder / "file", "x");
  for (const char* place : {"gone", "file", "/proc"}) {
    REQUIRE(::setenv("TMPDIR", (folder / place).c_str(), 1) == 0);
    fs::path path;
    {
      const ScratchFolder scratch;
      path = scratch.path();
      CHECK_NOTHROW(write_atomic(path / "a", "1"));
    }
    CHECK_FALSE(fs::exists(path));
  }
  fs::create_directory(folder / "wanted");
  ::setenv("TMPDIR", (folder / "wanted").c_str(), 1);
  CHECK(ScratchFolder().path().parent_path() == folder / "wanted");
}

TEST_CASE("machines and their namespaces are told apart, or it is said that nothing is known") {
  const Namespaces own = own_namespaces();
  CHECK(same_network(own, own_namespaces()) == Same::yes);
  CHECK(same_processes(own, own_namespaces()) == Same::yes);
  Namespaces other = own;
  other.network += 1;
  CHECK(same_network(own, other) == Same::no);
  CHECK(same_processes(own, other) == Same::yes);
  other = own;
  other.boot_id = "of another machine";  // numbers of namespaces are alike on all of them
  CHECK(same_network(own, other) == Same::no);
  CHECK(same_processes(own, other) == Same::no);
  CHECK(same_network(own, {}) == Same::unknown);
}
