// A dataset staged by the ranks of a machine, as threads of one process.
#include <fstream>

#include "../distributed/thread_team.hpp"
#include "catch.hpp"
#include "core/error.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "dataset/generate.hpp"
#include "dataset/node_copy.hpp"
#include "dataset/reader.hpp"
#include "fractal/library.hpp"
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
      const NodeCopy copy(made.folder, folder / "fast" / "disk", comm);
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
        run_team(ranks, [&](Communicator& comm) { NodeCopy(made.folder, folder / "fast", comm); }),
        Catch::Contains(victim.filename().string()));
    CHECK(entry_count(folder / "fast") == 0);
  }
  std::ofstream(folder / "file") << "x";
  CHECK_THROWS(run_team(2, [&](Communicator& comm) { NodeCopy(made.folder, folder / "file", comm); }));
}

TEST_CASE("copies of runs that were killed go, others stay") {
  const TemporaryFolder folder;
  const DatasetInfo made = small_dataset(folder / "datasets");
  const std::string host = describe_machine().host;
  const fs::path fast = folder / "fast";
  // No process has a number above the kernel's limit of 2^22.
  for (const std::string& name : {cat("scaffold-staged-", host, "-4194305-0123456789abcdef"),
                                  cat("scaffold-staged-", host, "-1-0123456789abcdef"),
                                  std::string("scaffold-staged-elsewhere-4194305-0123456789abcdef"),
                                  cat("scaffold-staged-", host), std::string("mine")})
    fs::create_directories(fast / name / "volumes");
  { const NodeCopy copy(made.folder, fast, *single_process()); }
  CHECK(!fs::exists(fast / cat("scaffold-staged-", host, "-4194305-0123456789abcdef")));
  CHECK(entry_count(fast) == 4);
}
