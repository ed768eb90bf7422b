// Run folders as those who watch them read them, against what the engine's writers were given.
#include <rapidcheck.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <random>
#include <thread>

#include "catch.hpp"
#include "core/text.hpp"
#include "fuzz.hpp"
#include "monitor/run_follower.hpp"
#include "report/mutate.hpp"
#include "report/sample_run.hpp"
#include "run/stats_csv.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;

namespace {

struct Folder {
  void write(const char* name, const std::string& text) const { sample::overwrite(path / name, text); }
  TemporaryFolder own;
  const fs::path& path = own.path();
};

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

void check_same(const EpochRecord& a, const EpochRecord& b) {
  CHECK(a.epoch == b.epoch);
  CHECK(same(a.overall_loss, b.overall_loss));
  CHECK(same(a.val_loss_avg, b.val_loss_avg));
  CHECK(same(a.metric("val_dice"), b.metric("val_dice")));
  CHECK(same(a.epoch_duration, b.epoch_duration));
}

StepEvent step(std::int64_t epoch, std::int64_t number, std::int64_t steps, double loss) {
  return {epoch, number, steps, loss, 0.5 * static_cast<double>(steps), 2, 1e-3, 0.7};
}

/// Three epochs of 8 steps; two step events in each.
void write_run(const fs::path& folder, std::int64_t epochs) {
  StatsCsv table(folder / "train_stats.csv");
  EventLog log(folder / "events.jsonl");
  RunRecord run = sample::run(0);
  run.steps_per_epoch = 8;
  log.run_start(run);
  for (std::int64_t e = 1; e <= epochs; ++e) {
    const double loss = 1 / static_cast<double>(e);
    log.step(step(e, 3, 3, loss));
    log.step(step(e, 8, 5, loss / 2));
    table.append(sample::epoch(e));
    log.epoch(sample::epoch(e));
  }
  log.run_end(RunStatus::converged, "done");
}

}  // namespace

TEST_CASE("a run reads back as it was written") {
  const Folder folder;
  write_run(folder.path, 3);
  folder.write("config.yaml", "target_dice: 0.875\n");
  RunSource source(folder.path);
  REQUIRE(source.refresh());
  const RunData& data = source.data();
  CHECK(data.problems.empty());
  REQUIRE(data.epochs.size() == 3);
  for (std::int64_t e = 1; e <= 3; ++e) {
    const auto& epoch = data.epochs[static_cast<std::size_t>(e - 1)];
    check_same(epoch.record, sample::epoch(e));
    CHECK(epoch.logged);
    CHECK(epoch.record.parts() == sample::epoch(e).parts());
    CHECK(epoch.record.phases.backward == 12.4);
    CHECK(epoch.record.learning_rate == sample::epoch(e).learning_rate);
  }
  REQUIRE(data.steps.size() == 6);
  CHECK(data.steps[0].from == 0);
  CHECK(data.steps[0].to == Approx(3. / 8));
  CHECK(data.steps[3].to == 2);
  CHECK(data.steps[5].loss == Approx(1. / 6));
  CHECK(data.target == 0.875);
  CHECK(data.status(0) == "converged");
  CHECK(data.restarts.empty());
  CHECK_FALSE(source.refresh());
}

TEST_CASE("random tables and logs read back equal, and grow") {
  CHECK(rc::check([] {
    const Folder folder;
    const auto epochs = *rc::gen::inRange<std::int64_t>(1, 12);
    StatsCsv table(folder.path / "train_stats.csv");
    EventLog log(folder.path / "events.jsonl");
    RunSource source(folder.path);
    std::vector<EpochRecord> written;
    std::vector<double> losses;
    for (std::int64_t e = 1; e <= epochs; ++e) {
      EpochRecord record = sample::epoch(e);
      record.overall_loss = *rc::gen::arbitrary<double>();
      record.metric("val_dice") = *rc::gen::arbitrary<double>();
      const auto steps = *rc::gen::inRange<std::int64_t>(1, 6);
      for (std::int64_t s = 1; s <= steps; ++s) {
        // A number that is none is written as null and read as such.
        const double loss = *rc::gen::arbitrary<double>();
        losses.push_back(std::isfinite(loss) ? loss : std::nan(""));
        log.step(step(e, s, 1, loss));
      }
      table.append(record);
      log.epoch(record);
      written.push_back(record);
      if (*rc::gen::arbitrary<bool>()) source.refresh();
    }
    source.refresh();
    const RunData& data = source.data();
    RC_ASSERT(data.epochs.size() == written.size());
    for (std::size_t i = 0; i < written.size(); ++i) {
      RC_ASSERT(same(data.epochs[i].record.overall_loss, written[i].overall_loss));
      RC_ASSERT(same(data.epochs[i].record.metric("val_dice"), written[i].metric("val_dice")));
    }
    // Without run_start an epoch's length is not known, so that only the last of equal places may stay.
    RC_ASSERT(!data.steps.empty());
    RC_ASSERT(same(data.steps.back().loss, losses.back()));
    for (std::size_t i = 1; i < data.steps.size(); ++i) RC_ASSERT(data.steps[i - 1].to <= data.steps[i].to);
  }));
}

TEST_CASE("a restart makes later epochs and steps void") {
  const Folder folder;
  {
    EventLog log(folder.path / "events.jsonl");
    RunRecord run = sample::run(0);
    run.steps_per_epoch = 8;
    log.run_start(run);
    for (std::int64_t e = 1; e <= 3; ++e) {
      log.step(step(e, 4, 4, 10));
      log.step(step(e, 8, 4, 10));
      log.epoch(sample::epoch(e));
    }
    // From a checkpoint in the middle of epoch 2.
    log.restart(1, "last.h5");
    log.run_start(run);
    log.step(step(2, 8, 4, 20));
  }
  RunSource source(folder.path);
  source.refresh();
  const RunData& data = source.data();
  REQUIRE(data.epochs.size() == 1);  // no table: the log speaks alone
  CHECK(data.epochs[0].record.epoch == 1);
  REQUIRE(data.steps.size() == 4);
  CHECK(data.steps[2].loss == 10);
  CHECK(data.steps[2].to == 1.5);
  CHECK(data.steps[3].loss == 20);
  REQUIRE(data.restarts.size() == 1);
  CHECK(data.restarts[0] == 1.5);
  CHECK(data.status(data.changed) == "running");
  CHECK(data.status(data.changed + 3600) == "no end");
}

TEST_CASE("files cut at every byte give a prefix of the run") {
  const Folder folder;
  write_run(folder.path, 3);
  const std::string table = read_text(folder.path / "train_stats.csv"),
                    log = read_text(folder.path / "events.jsonl");
  const auto lines = [](const std::string& text, std::size_t size) {
    return static_cast<std::size_t>(
        std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size), '\n'));
  };
  SECTION("the table") {
    fs::remove(folder.path / "events.jsonl");
    RunSource source(folder.path);  // the same one all the time: a file that grows
    for (std::size_t size = 0; size <= table.size(); ++size) {
      folder.write("train_stats.csv", table.substr(0, size));
      source.refresh();
      const std::size_t n = lines(table, size);
      REQUIRE(source.data().epochs.size() == (n > 0 ? n - 1 : 0));
      for (const auto& epoch : source.data().epochs) REQUIRE_FALSE(epoch.logged);
    }
  }
  SECTION("the log") {
    fs::remove(folder.path / "train_stats.csv");
    RunSource source(folder.path);
    for (std::size_t size = 0; size <= log.size(); ++size) {
      folder.write("events.jsonl", log.substr(0, size));
      source.refresh();
      const std::size_t n = lines(log, size);  // run_start, then two steps and an epoch three times, run_end
      REQUIRE(source.data().epochs.size() == (n > 0 ? std::min<std::size_t>((n - 1) / 3, 3) : 0));
      REQUIRE(source.data().end_status == (n == 11 ? "converged" : ""));
      REQUIRE(source.data().problems.size() == 2);  // no table, no configuration
    }
  }
}

TEST_CASE("a log that is replaced by a shorter one is read anew") {
  const Folder folder;
  write_run(folder.path, 3);
  RunSource source(folder.path);
  source.refresh();
  fs::remove(folder.path / "events.jsonl");
  fs::remove(folder.path / "train_stats.csv");
  write_run(folder.path, 1);
  source.refresh();
  CHECK(source.data().epochs.size() == 1);
  CHECK(source.data().steps.size() == 2);
  fs::remove_all(folder.path);
  CHECK(source.refresh());
  CHECK(source.data().epochs.empty());
  CHECK(source.data().steps.empty());
  CHECK(source.data().status(0) == "not begun");
  CHECK(source.data().problems.size() == 1);
}

TEST_CASE("what is no plain file is not opened") {
  const Folder folder;
  for (const char* name : {"train_stats.csv", "events.jsonl", "report.json", "config.yaml"})
    REQUIRE(::mkfifo((folder.path / name).c_str(), 0600) == 0);
  RunSource source(folder.path);
  source.refresh();  // would wait for a writer
  CHECK(source.data().problems.size() == 4);
}

TEST_CASE("many steps are merged, and keep their mean") {
  const Folder folder;
  const std::int64_t steps = 3 * static_cast<std::int64_t>(RunSource::max_steps);
  std::string log;
  for (std::int64_t s = 1; s <= steps; ++s)
    log += cat(R"({"type":"step","time":"x","t":0,"epoch":)", s, R"(,"step":1,"steps":1,"loss":)", s % 7,
               R"(,"seconds":1,"samples_per_second":2,"learning_rate":0.1,"gradient_norm":1})", "\n");
  folder.write("events.jsonl", log);
  RunSource source(folder.path);
  int pieces = 0;
  do {
    source.refresh();
    ++pieces;
  } while (source.unfinished());
  CHECK(pieces > 1);
  CHECK_FALSE(source.refresh());
  const auto& data = source.data();
  CHECK(data.steps.size() <= RunSource::max_steps);
  CHECK(data.steps.size() > RunSource::max_steps / 4);
  double count = 0, sum = 0, expected = 0;
  for (const auto& s : data.steps) {
    count += s.steps;
    sum += s.steps * s.loss;
  }
  for (std::int64_t s = 1; s <= steps; ++s) expected += static_cast<double>(s % 7);
  CHECK(count == static_cast<double>(steps));
  CHECK(sum == Approx(expected));
  CHECK(data.steps.back().to == static_cast<double>(steps));
}

TEST_CASE("damaged files are problems, never crashes") {
  const Folder folder;
  write_run(folder.path, 4);
  std::map<std::string, std::string> good;
  for (const char* name : {"train_stats.csv", "events.jsonl"}) good[name] = read_text(folder.path / name);
  good["report.json"] = report_json(sample::run(4));
  good["config.yaml"] = "problem_scale: 4\ntarget_dice: 0.9\n";
  std::mt19937_64 random(20261121);
  for (int round = 0; round < fuzz_rounds(2000); ++round) {
    RunSource source(folder.path);
    for (int change = 0; change < 3; ++change) {
      for (const auto& [name, text] : good)
        folder.write(name.c_str(), random() % 2 ? sample::mutate(text, random) : text);
      source.refresh();
      const RunData& data = source.data();
      REQUIRE(data.epochs.size() <= RunSource::max_epochs);
      REQUIRE(data.steps.size() <= RunSource::max_steps);
      REQUIRE(data.problems.size() <= 4);
      for (std::size_t i = 1; i < data.epochs.size(); ++i)
        REQUIRE(data.epochs[i - 1].record.epoch < data.epochs[i].record.epoch);
      for (std::size_t i = 1; i < data.steps.size(); ++i) REQUIRE(data.steps[i - 1].to <= data.steps[i].to);
      REQUIRE_FALSE(data.status(0).empty());
    }
  }
}

TEST_CASE("a follower tells of what changed, once it was taken") {
  const Folder folder;
  write_run(folder.path, 1);
  std::atomic<int> told = 0;
  RunFollower follower(folder.path, [&] { ++told; });
  const auto wait_for = [&](int count) {
    for (int i = 0; i < 500 && told < count; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return told.load();
  };
  REQUIRE(wait_for(1) == 1);
  CHECK_FALSE(follower.loading());
  // Nobody has taken it: nothing is looked at.
  StatsCsv(folder.path / "train_stats.csv").append(sample::epoch(2));
  std::this_thread::sleep_for(std::chrono::milliseconds(1300));
  CHECK(told == 1);
  auto data = follower.take();
  REQUIRE(data);
  CHECK(data->epochs.size() == 1);
  REQUIRE(wait_for(2) == 2);
  data = follower.take();
  REQUIRE(data);
  CHECK(data->epochs.size() == 2);
  CHECK_FALSE(follower.take());
}

TEST_CASE("Steps and epochs have the time of day at which they ended") {
  const Folder folder;
  // In whole milliseconds of the clock that events are written by: time() may lag behind it by a tick.
  const auto now = [] {
    const auto time = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  };
  const auto before = now();
  write_run(folder.path, 2);
  const auto after = now();
  const auto between = [&](double seconds) {
    const auto time = std::llround(seconds * 1000);
    return before <= time && time <= after;
  };
  RunSource source(folder.path);
  source.refresh();
  REQUIRE(source.data().steps.size() == 4);
  REQUIRE(source.data().epochs.size() == 2);
  for (const RunStep& each : source.data().steps) CHECK(between(each.time));
  for (const RunEpoch& each : source.data().epochs) CHECK(between(each.time));
  // A time of day that is none is not known: the rest of the event counts.
  folder.write(
      "events.jsonl",
      R"({"type":"step","time":"yesterday","t":1,"epoch":1,"step":1,"steps":1,"loss":2})"
      "\n"
      R"({"type":"step","time":"2026-11-21T10:20:30.5Z","t":1,"epoch":2,"step":1,"steps":1,"loss":2})"
      "\n");
  RunSource other(folder.path);
  other.refresh();
  REQUIRE(other.data().steps.size() == 2);
  CHECK(other.data().steps[0].time == 0);
  CHECK(other.data().steps[1].time == 1795256430.5);  // date -u -d 2026-11-21T10:20:30 +%s
}

TEST_CASE("As many steps are kept apart as were asked for") {
  const Folder folder;
  write_run(folder.path, 4);  // eight step events that cover 32 steps
  for (const std::size_t limit : {2, 5, 8}) {
    RunSource source(folder.path, limit);
    source.refresh();
    double steps = 0;
    for (const RunStep& each : source.data().steps) steps += each.steps;
    CHECK(source.data().steps.size() <= limit);
    CHECK(steps == 32);
    if (limit == 8) CHECK(source.data().steps.size() == 8);
  }
}
