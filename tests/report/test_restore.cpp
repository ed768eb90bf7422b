
#include "catch.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "mutate.hpp"
#include "run/events.hpp"
#include "run/stats_csv.hpp"
#include "sample_run.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;

namespace {

/// An epoch of another attempt: same number, other results.
EpochRecord other_epoch(std::int64_t n) {
  EpochRecord e = sample::epoch(n);
  e.epoch_duration += 100;
  e.metric("val_dice") /= 2;
  return e;
}

struct RunFolder {
  TemporaryFolder folder;
  fs::path log() const { return folder / "events.jsonl"; }
  fs::path table() const { return folder / "train_stats.csv"; }
  void write(std::int64_t epochs) const {
    StatsCsv stats(table());
    EventLog events(log());
    for (std::int64_t n = 1; n <= epochs; ++n) {
      events.epoch(sample::epoch(n));
      stats.append(sample::epoch(n));
    }
  }
  std::vector<EpochRecord> restore(std::int64_t up_to) const { return restore_epochs(folder.path(), up_to); }
};

void check_complete(const std::vector<EpochRecord>& epochs, std::size_t count) {
  REQUIRE(epochs.size() == count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto expected = sample::epoch(static_cast<std::int64_t>(i) + 1);
    CHECK(epochs[i].epoch == expected.epoch);
    CHECK(epochs[i].epoch_duration == expected.epoch_duration);
    CHECK(epochs[i].parts() == expected.parts());
    CHECK(epochs[i].phases.backward == expected.phases.backward);
  }
}

}  // namespace

TEST_CASE("a resumed run gets the epochs of its earlier sessions, up to its checkpoint") {
  RunFolder run;
  run.write(5);
  check_complete(run.restore(5), 5);
  check_complete(run.restore(3), 3);
  CHECK(run.restore(0).empty());
  CHECK_THROWS_WITH(run.restore(6), Catch::Contains("epoch 6"));
}

TEST_CASE("either file alone is enough") {
  RunFolder run;
  run.write(4);
  SECTION("only the log") {
    fs::remove(run.table());
    check_complete(run.restore(4), 4);
  }
  SECTION("the table is damaged") {
    sample::overwrite(run.table(), "garbage\n");
    check_complete(run.restore(4), 4);
  }
  SECTION("only the table: its columns, nothing more") {
    fs::remove(run.log());
    const auto epochs = run.restore(4);
    REQUIRE(epochs.size() == 4);
    CHECK(epochs[3].epoch_loss == sample::epoch(4).epoch_loss);
    CHECK(epochs[3].parts().empty());
  }
  SECTION("the log is damaged in the middle: what comes before it still helps") {
    const std::string text = read_text(run.log());
    const auto second = text.find('\n', text.find('\n') + 1) + 1;
    sample::overwrite(run.log(), text.substr(0, second) + "garbage\n" + text.substr(second));
    const auto epochs = run.restore(4);
    REQUIRE(epochs.size() == 4);
    CHECK(epochs[1].parts() == sample::epoch(2).parts());
    CHECK(epochs[2].parts().empty());
    CHECK(epochs[2].epoch_duration == sample::epoch(3).epoch_duration);
  }
  SECTION("neither: a figure of merit would be wrong") {
    fs::remove(run.log());
    sample::overwrite(run.table(), "garbage\n");
    CHECK_THROWS_AS(run.restore(4), DataError);
    CHECK_THROWS_WITH(run.restore(4), Catch::Contains("events.jsonl") && Catch::Contains("train_stats.csv"));
  }
}

TEST_CASE("epochs that a restart has made void do not come back") {
  RunFolder run;
  {
    StatsCsv stats(run.table());
    EventLog events(run.log());
    for (std::int64_t n = 1; n <= 2; ++n) {
      events.epoch(sample::epoch(n));
      stats.append(sample::epoch(n));
    }
    for (std::int64_t n = 3; n <= 4; ++n) {
      events.epoch(other_epoch(n));
      stats.append(other_epoch(n));
    }
    events.restart(2, "checkpoints/last.h5");
    stats.truncate_to(2);
    events.epoch(sample::epoch(3));
    stats.append(sample::epoch(3));
  }
  SECTION("from both files") { check_complete(run.restore(3), 3); }
  SECTION("from the log alone") {
    fs::remove(run.table());
    check_complete(run.restore(3), 3);
    CHECK_THROWS_AS(run.restore(4), DataError);
  }
  SECTION("a table's row whose event is of another attempt stands alone") {
    StatsCsv(run.table()).append(sample::epoch(4));
    EventLog(run.log()).epoch(other_epoch(4));
    const auto epochs = run.restore(4);
    CHECK(epochs[3].epoch_duration == sample::epoch(4).epoch_duration);
    CHECK(epochs[3].parts().empty());
  }
}

TEST_CASE("a kill between the two files loses nothing") {
  RunFolder run;
  run.write(2);
  SECTION("only the log has the last epoch") {
    EventLog(run.log()).epoch(sample::epoch(3));
    check_complete(run.restore(3), 3);
  }
  SECTION("only the table has it") {
    StatsCsv(run.table()).append(sample::epoch(3));
    const auto epochs = run.restore(3);
    REQUIRE(epochs.size() == 3);
    CHECK(epochs[2].metric("val_dice") == sample::epoch(3).metric("val_dice"));
  }
}
