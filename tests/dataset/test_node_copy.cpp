// A dataset staged by the ranks of a machine, as threads of one process.
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "../distributed/thread_team.hpp"
#include "catch.hpp"
#include "core/error.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "data/node_copy.hpp"
#include "data/staged_folder.hpp"
#include "fractal_unet/dataset/generate.hpp"
#include "fractal_unet/dataset/reader.hpp"
#include "fractal_unet/fractal/library.hpp"
#include "other_user.hpp"
#include "small.hpp"

using namespace scaffold;
using namespace scaffold::testing;

namespace {

std::size_t entry_count(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

DatasetInfo small_dataset(const fs::path& folder) {
  return ensure_dataset(small_spec(folder), small_library(3), 2);
}

}  // namespace

TEST_CASE("a staged dataset has the same files, and goes with its owner") {
  const TemporaryFolder folder;
  const DatasetInfo made = small_dataset(folder / "datasets");
  for (const int ranks : {1, 2, 3, 4}) {
    run_team(ranks, [&](Communicator& comm) {
      const NodeCopy copy(made.folder, folder / "fast" / "disk", dataset_files, comm);
      barrier(comm);
      if (comm.rank() == 0) {
        for (const auto& entry : fs::recursive_directory_iterator(copy.folder())) {
          if (!entry.is_regular_file()) continue;
          const fs::path same = made.folder / fs::relative(entry.path(), copy.folder());
          if (slurp(entry.path()) != slurp(same)) throw DataError(cat(same.string(), " differs"));
        }
        if (!DatasetReader(copy.folder()).verify(1).empty()) throw DataError("the copy is damaged");
      }
      barrier(comm);
    });
    CHECK(entry_count(folder / "fast" / "disk") == 0);
  }
}

TEST_CASE("what cannot be staged is said, and nothing of it stays") {
  const TemporaryFolder folder;
  const DatasetInfo made = small_dataset(folder / "datasets");
  const fs::path victim = made.folder / DatasetReader(made.folder).index().volumes.back().file;
  std::fstream file(victim, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(-1, std::ios::end);
  file.put(static_cast<char>(0x5a));
  file.close();
  for (const int ranks : {1, 3}) {
    CHECK_THROWS_WITH(
        run_team(ranks,
                 [&](Communicator& comm) { NodeCopy(made.folder, folder / "fast", dataset_files, comm); }),
        Catch::Contains(victim.filename().string()));
    CHECK(entry_count(folder / "fast") == 0);
  }
  std::ofstream(folder / "file") << "x";
  CHECK_THROWS(
      run_team(2, [&](Communicator& comm) { NodeCopy(made.folder, folder / "file", dataset_files, comm); }));
}

TEST_CASE("copies whose lock is free go, others stay, and what cannot be told is named") {
  const TemporaryFolder folder;
  const DatasetInfo made = small_dataset(folder / "datasets");
  const fs::path fast = folder / "fast";
  const auto staged = [&](const std::string& name, bool with_lock) {
    fs::create_directories(fast / name / "volumes");
    if (with_lock) std::ofstream(fast / (name + ".lock")).flush();
    return fast / name;
  };
  const fs::path killed = staged("scaffold-staged-0123456789abcdef-aa", true),
                 running = staged("scaffold-staged-0123456789abcdef-bb", true),
                 earlier =
                     staged(cat("scaffold-staged-", describe_machine().host, "-1-0123456789abcdef"), false),
                 mine = staged("mine", true);
  std::ofstream(fast / "scaffold-staged-0123456789abcdef-cc.lock").flush();  // killed before it had a folder
  const auto lock = FileLock::try_acquire(running.string() + ".lock");
  REQUIRE(lock);
  { const NodeCopy copy(made.folder, fast, dataset_files, *single_process()); }
  CHECK_FALSE(fs::exists(killed));
  CHECK(fs::exists(running));
  CHECK(fs::exists(earlier));
  CHECK(entry_count(fast) == 5);  // running and mine with their locks, earlier
  const auto said = remove_staged_leftovers(fast);
  REQUIRE(said.size() == 1);
  CHECK_THAT(said[0], Catch::Contains(earlier.string()) && Catch::Contains("earlier version"));
  CHECK(entry_count(fast) == 5);
}

TEST_CASE("a job in another PID namespace leaves a running job's copy alone") {
  const TemporaryFolder folder;
  const DatasetInfo made = small_dataset(folder / "datasets");
  const NodeCopy running(made.folder, folder / "fast", dataset_files, *single_process());
  const auto files = contents(running.folder());
  const pid_t child = fork();
  if (child == 0) {
    // As in a container that has the machine's host name: our number is nobody's there.
    if (unshare(CLONE_NEWPID) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) _exit(3);
    const pid_t inside = fork();
    if (inside == 0) {
      try {
        const NodeCopy other(made.folder, folder / "fast", dataset_files, *single_process());
      } catch (...) {
        _exit(2);
      }
      _exit(0);
    }
    int status = 0;
    waitpid(inside, &status, 0);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 4);
  }
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(contents(running.folder()) == files);
  CHECK(entry_count(folder / "fast") == 2);
}

TEST_CASE("machines are those that share memory, whatever their host names") {
  const TemporaryFolder folder;
  const DatasetInfo made = small_dataset(folder / "datasets");
  // Four ranks of one host name on two machines, which have stage folders of their own.
  const std::vector<int> machines{0, 1, 0, 1};
  run_team(
      4,
      [&](Communicator& comm) {
        const int machine = machines[static_cast<std::size_t>(comm.rank())];
        const fs::path fast = folder / cat("fast", machine);
        const NodeCopy copy(made.folder, fast, dataset_files, comm);
        if (copy.folder().parent_path() != fast) throw DataError("another machine's copy");
        if (!DatasetReader(copy.folder()).verify(1).empty()) throw DataError("the copy is damaged");
        barrier(comm);
      },
      machines);
  for (const int machine : {0, 1}) CHECK(entry_count(folder / cat("fast", machine)) == 0);
}

TEST_CASE("another user's leftover is named and stops nobody") {
  const TemporaryFolder folder;
  const DatasetInfo made = small_dataset(folder / "datasets");
  const fs::path fast = folder / "fast", left = fast / "scaffold-staged-0123456789abcdef-aa";
  fs::create_directories(left / "volumes");
  std::ofstream(left.string() + ".lock").flush();
  fs::permissions(fast, fs::perms::all | fs::perms::sticky_bit);
  fs::permissions(folder.path(), fs::perms{0755});
  const bool two_users = geteuid() == 0;
  int said[2];
  REQUIRE(pipe(said) == 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(said[1], STDERR_FILENO);
    become_another_user();
    try {
      const NodeCopy copy(made.folder, fast, dataset_files, *single_process());
      _exit(DatasetReader(copy.folder()).verify(1).empty() ? 0 : 1);
    } catch (...) {
      _exit(2);
    }
  }
  close(said[1]);
  std::string text;
  for (char letter = 0; read(said[0], &letter, 1) == 1;) text += letter;
  close(said[0]);
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(status == 0);
  CHECK(fs::exists(left) == two_users);
  if (two_users) CHECK_THAT(text, Catch::Contains(left.string()) && Catch::Contains("of root"));
}
