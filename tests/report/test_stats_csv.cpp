#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rapidcheck.h>

#include <cmath>

#include "catch.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "fuzz.hpp"
#include "mutate.hpp"
#include "run/stats_csv.hpp"
#include "sample_run.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;

namespace {

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

bool same_columns(const EpochRecord& a, const EpochRecord& b) {
  return a.epoch == b.epoch && same(a.epoch_loss, b.epoch_loss) && same(a.overall_loss, b.overall_loss) &&
         same(a.val_loss_epoch, b.val_loss_epoch) && same(a.val_loss_avg, b.val_loss_avg) &&
         same(a.metric("train_dice"), b.metric("train_dice")) &&
         same(a.metric("val_dice"), b.metric("val_dice")) && same(a.epoch_duration, b.epoch_duration) &&
         a.optimizer_steps == b.optimizer_steps && a.total_optimizer_steps == b.total_optimizer_steps;
}

std::string lines(int epochs) {
  std::vector<EpochRecord> records;
  for (int n = 1; n <= epochs; ++n) records.push_back(sample::epoch(n));
  return stats_text(records);
}

}  // namespace

TEST_CASE("train_stats.csv has the reference's columns in the reference's order") {
  TemporaryFolder folder;
  EpochRecord e;
  e.epoch = 1;
  e.epoch_loss = 1.5;
  e.overall_loss = 2.25;
  e.val_loss_epoch = 3;
  e.val_loss_avg = 0.1;
  e.metric("train_dice") = 0.5;
  e.metric("val_dice") = std::nan("");
  e.epoch_duration = 1e-7;
  e.optimizer_steps = 8;
  e.total_optimizer_steps = 9;
  StatsCsv(folder / "s.csv").append(e);
  CHECK(read_text(folder / "s.csv") ==
        "epoch,epoch_loss,overall_loss,val_loss_epoch,val_loss_avg,train_dice,val_dice,epoch_duration,"
        "optimizer_steps,total_optimizer_steps\n1,1.5,2.25,3,0.1,0.5,nan,1e-07,8,9\n");
}

TEST_CASE("any epoch reads back as it was written") {
  TemporaryFolder folder;
  CHECK(rc::check([&](std::vector<std::array<double, 6>> rows, std::uint32_t steps) {
    std::vector<EpochRecord> written;
    for (const auto& row : rows) {
      EpochRecord e;
      e.epoch = static_cast<std::int64_t>(written.size()) + 1;
      e.epoch_loss = row[0];
      e.overall_loss = row[1];
      e.val_loss_epoch = row[2];
      e.val_loss_avg = row[3];
      e.metric("train_dice") = row[4];
      e.metric("val_dice") = std::log(row[5]);  // not a number where row[5] is negative
      e.epoch_duration = std::abs(row[5]);
      e.optimizer_steps = steps;
      e.total_optimizer_steps = steps * e.epoch;
      written.push_back(e);
    }
    sample::overwrite(folder / "s.csv", stats_text(written));
    const auto read = read_stats(folder / "s.csv");
    RC_ASSERT(read.size() == written.size());
    for (std::size_t i = 0; i < read.size(); ++i) RC_ASSERT(same_columns(read[i], written[i]));
  }));
}

TEST_CASE("a table cut at any byte reads as its whole lines, and the next writer goes on from there") {
  TemporaryFolder folder;
  const std::string whole = lines(1);
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    const std::string left = whole.substr(0, cut);
    sample::overwrite(folder / "s.csv", left);
    const auto feeds = std::count(left.begin(), left.end(), '\n');
    const std::size_t epochs = feeds > 0 ? static_cast<std::size_t>(feeds) - 1 : 0;
    REQUIRE(read_stats(folder / "s.csv").size() == epochs);
    StatsCsv table(folder / "s.csv");
    table.append(sample::epoch(static_cast<std::int64_t>(epochs) + 1));
    REQUIRE(read_text(folder / "s.csv") == lines(static_cast<int>(epochs) + 1));
  }
}

TEST_CASE("a resume drops the epochs after its checkpoint") {
  TemporaryFolder folder;
  write_atomic(folder / "s.csv", lines(5));
  StatsCsv table(folder / "s.csv");
  table.truncate_to(3);
  CHECK(read_text(folder / "s.csv") == lines(3));
  table.append(sample::epoch(4));
  CHECK(read_text(folder / "s.csv") == lines(4));
  table.truncate_to(0);
  CHECK(read_text(folder / "s.csv") == lines(0));
  table.append(sample::epoch(1));
  CHECK_THROWS_AS(table.append(sample::epoch(1)), DataError);
}

TEST_CASE("what is no table of ours is refused by file and line, and left as it is") {
  TemporaryFolder folder;
  const std::string head = lines(0), row = lines(1).substr(head.size());
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"something else", "line 1"},
      {"something else\n", "line 1"},
      {"epoch,loss\n1,2\n", "line 1"},
      {head + "1,2,3\n", "line 2"},
      {head + row + row, "line 3"},
      {head + "0,1,1,1,1,1,1,1,1,1\n", "line 2"},
      {head + "1.5,1,1,1,1,1,1,1,1,1\n", "line 2"},
      {head + "1,1,1,x,1,1,1,1,1,1\n", "line 2"},
      {head + "1,1,1,1,1,1,1,-1,1,1\n", "line 2"},
      {head + "1,1,1,1,1,1,1,nan,1,1\n", "line 2"},
      {head + "1,1,1,1,1,1,1,1,-1,1\n", "line 2"},
      {head + "1,1,1,1,1,1,1,1,1,99999999999999999999\n", "line 2"},
      {head + "\n", "line 2"},
      {head + std::string(100000, ',') + "\n", "line 2"},
  };
  for (const auto& [text, where] : bad) {
    write_atomic(folder / "s.csv", text);
    CHECK_THROWS_AS(read_stats(folder / "s.csv"), DataError);
    CHECK_THROWS_WITH(StatsCsv(folder / "s.csv"), Catch::Contains("s.csv") && Catch::Contains(where));
    CHECK(read_text(folder / "s.csv") == text);
  }
  CHECK_THROWS_AS(read_stats(folder / "missing.csv"), DataError);
}

TEST_CASE("damaged tables are read or refused, nothing else") {
  TemporaryFolder folder;
  std::mt19937_64 random(7);
  const std::string good = lines(6);
  int refused = 0;
  for (int i = 0; i < fuzz_rounds(2000); ++i) {
    sample::overwrite(folder / "s.csv", sample::mutate(good, random));
    try {
      for (const auto& e : read_stats(folder / "s.csv")) REQUIRE((e.epoch >= 1 && e.epoch_duration >= 0));
    } catch (const DataError&) {
      ++refused;
    }
  }
  CHECK(refused > 200);
}

TEST_CASE("when the disk is full the line is taken back and the system's reason told") {
  TemporaryFolder folder;
  StatsCsv(folder / "s.csv").append(sample::epoch(1));
  const pid_t child = fork();
  if (child == 0) {
    const auto size = fs::file_size(folder / "s.csv");
    const rlimit limit{size + 20, size + 20};
    ::signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(2);
    try {
      StatsCsv(folder / "s.csv").append(sample::epoch(2));
    } catch (const SystemError& error) {
      _exit(std::string(error.what()).find("s.csv") == std::string::npos ? 3 : 0);
    } catch (...) {
    }
    _exit(4);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(status == 0);
  CHECK(read_text(folder / "s.csv") == lines(1));
}
