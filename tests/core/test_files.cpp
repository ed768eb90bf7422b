#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catch.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
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
