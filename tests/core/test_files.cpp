#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cstdlib>
#include <functional>

#include "catch.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/namespaces.hpp"
#include "other_user.hpp"
#include "temporary_folder.hpp"
#include "without_flock.hpp"

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

namespace {

fs::perms mode_of(const fs::path& path) { return fs::status(path).permissions(); }

void make_shared(const fs::path& folder) { fs::permissions(folder, fs::perms::all | fs::perms::sticky_bit); }

}  // namespace

TEST_CASE("another user's lock needs reading only") {
  TemporaryFolder folder;
  make_shared(folder.path());
  const fs::path lock = folder / "lock";
  write_atomic(lock, "");
  fs::permissions(lock, fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
  const pid_t child = fork();
  if (child == 0) {
    become_another_user();
    const auto held = FileLock::try_acquire(lock);
    _exit(held && !FileLock::try_acquire(lock) ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(status == 0);
}

TEST_CASE("a lock file is there for all who may make files beside it, whatever the umask") {
  TemporaryFolder folder;
  const mode_t before = umask(0077);
  const auto own = FileLock::try_acquire(folder / "own");
  make_shared(folder.path());
  const auto shared = FileLock::try_acquire(folder / "shared");
  umask(before);
  CHECK(mode_of(folder / "own") == fs::perms{0644});
  CHECK(mode_of(folder / "shared") == fs::perms{0666});
}

TEST_CASE("a lock that was removed while it was waited for is none") {
  TemporaryFolder folder;
  auto first = FileLock::try_acquire(folder / "lock");
  fs::remove(folder / "lock");
  const auto second = FileLock::try_acquire(folder / "lock");
  CHECK(second);
  first.reset();
  CHECK_FALSE(FileLock::try_acquire(folder / "lock"));
}

TEST_CASE("a file system without locks is told of, and nothing stays") {
  for (const int error : errors_without_flock) {
    TemporaryFolder folder;
    const WithoutFlock fails(error);
    for (const auto& attempt : {std::function<void()>([&] { FileLock::try_acquire(folder / "lock"); }),
                                std::function<void()>([&] { ensure_lockable_folder(folder.path()); })}) {
      CHECK_THROWS_AS(attempt(), SystemError);
      CHECK_THROWS_WITH(attempt(), Catch::Contains(folder.path().string()) &&
                                       Catch::Contains("cannot lock files") && Catch::Contains("-o flock"));
    }
    CHECK(fs::is_empty(folder.path()));
  }
  TemporaryFolder folder;
  CHECK_NOTHROW(ensure_lockable_folder(folder / "new"));
  CHECK(fs::is_empty(folder / "new"));
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
