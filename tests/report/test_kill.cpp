// A writer killed at any moment: every epoch whose append returned is there, and nothing is torn.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "catch.hpp"
#include "run/events.hpp"
#include "run/stats_csv.hpp"
#include "sample_run.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;

namespace {

/// Child: logs epochs for ever and tells each on the pipe once it is on disk.
[[noreturn]] void write_for_ever(const std::filesystem::path& folder, int pipe_end) {
  StatsCsv stats(folder / "train_stats.csv");
  EventLog events(folder / "events.jsonl");
  for (std::int64_t n = 1;; ++n) {
    events.epoch(sample::epoch(n));
    stats.append(sample::epoch(n));
    if (write(pipe_end, "x", 1) != 1) _exit(1);
  }
}

}  // namespace

TEST_CASE("killed writers leave every acknowledged epoch readable") {
  std::mt19937_64 random(3);
  for (int trial = 0; trial < 12; ++trial) {
    TemporaryFolder folder;
    int channel[2];
    REQUIRE(pipe(channel) == 0);
    const pid_t child = fork();
    if (child == 0) {
      close(channel[0]);
      write_for_ever(folder.path(), channel[1]);
    }
    close(channel[1]);
    std::int64_t told = 0;
    char byte;
    const auto enough = static_cast<std::int64_t>(random() % 8);
    while (told < enough && read(channel[0], &byte, 1) == 1) ++told;
    // A detour of random length: the kill falls anywhere within an append.
    for (std::uint64_t i = random() % 40000; i > 0; --i) random();
    kill(child, SIGKILL);
    while (read(channel[0], &byte, 1) == 1) ++told;
    close(channel[0]);
    waitpid(child, nullptr, 0);
    if (told == 0) continue;
    REQUIRE(restore_epochs(folder.path(), told).size() == static_cast<std::size_t>(told));
    REQUIRE(read_stats(folder / "train_stats.csv").size() >= static_cast<std::size_t>(told));
    StatsCsv next(folder / "train_stats.csv");
    next.truncate_to(told);
    next.append(sample::epoch(told + 1));
    REQUIRE(restore_epochs(folder.path(), told + 1).size() == static_cast<std::size_t>(told) + 1);
  }
}
