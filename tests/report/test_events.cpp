#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>
#include <thread>

#include "catch.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "fuzz.hpp"
#include "mutate.hpp"
#include "run/events.hpp"
#include "sample_run.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;
using nlohmann::json;

namespace {

std::vector<json> parsed_lines(const fs::path& path) {
  std::vector<json> list;
  for (const auto& line : split(trim(read_text(path)), '\n')) list.push_back(json::parse(line));
  return list;
}

void write_everything(EventLog& log) {
  log.run_start(sample::run(0));
  log.restart(3, "checkpoints/last.h5");
  log.warmup(64, 9.5);
  log.step({1, 8, 4, 0.75, 0.5, 8.0, 1e-3, 0.25});
  log.validation(1, 0.5, 0.9, "dice", 72, 4.5);
  log.epoch(sample::epoch(1));
  log.checkpoint("checkpoints/best.h5", "best", 1, 168, 0.2, 123456789012);
  log.signal("SIGTERM", "checkpoint and stop");
  log.note("warning", "quote \" backslash \\ tab \t");
  log.run_end(RunStatus::interrupted, "SIGTERM");
}

}  // namespace

TEST_CASE("every event is one JSON object a line with type, time and t") {
  TemporaryFolder folder;
  EventLog log(folder / "e.jsonl");
  write_everything(log);
  const auto events = parsed_lines(folder / "e.jsonl");
  std::vector<std::string> types;
  double before = 0;
  for (const auto& event : events) {
    types.push_back(event.at("type"));
    CHECK(std::regex_match(event.at("time").get<std::string>(),
                           std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)")));
    CHECK(event.at("t") >= before);
    before = event.at("t");
  }
  CHECK(types == std::vector<std::string>{"run_start", "restart", "warmup", "step", "validation", "epoch",
                                          "checkpoint", "signal", "note", "run_end"});
  CHECK(before < 60);
  CHECK(events[0]["dataset"]["volumes"] == 240);
  CHECK(events[0]["train_seed"] == 18446744073709551557u);
  CHECK(events[0]["configuration"]["problem_scale"] ==
        json{{"value", 5}, {"origin", "configs/quickstart.yml:3"}});
  CHECK(events[1]["epoch"] == 3);
  CHECK(events[3]["steps"] == 4);
  CHECK(events[3]["loss"] == 0.75);
  CHECK(events[5]["dice_per_class"].size() == 6);
  CHECK(events[5]["phases"]["backward"] == 12.4);
  CHECK(events[6]["steps"] == 168);
  CHECK(events[6]["bytes"] == 123456789012);
  CHECK(events[8]["text"] == "quote \" backslash \\ tab \t");
  CHECK(events[9]["status"] == "interrupted");
}

TEST_CASE("numbers that are not finite are null, bytes that are not text are replaced") {
  TemporaryFolder folder;
  EventLog log(folder / "e.jsonl");
  log.step({1, 1, 1, std::nan(""), INFINITY, -INFINITY, 0, 0});
  log.note("info", "a\xff\x80 b");
  const auto events = parsed_lines(folder / "e.jsonl");
  CHECK(events[0]["loss"].is_null());
  CHECK(events[0]["seconds"].is_null());
  CHECK(events[0]["samples_per_second"].is_null());
  CHECK(events[1]["text"].get<std::string>().find("\xef\xbf\xbd") != std::string::npos);
  const auto read = read_events(folder / "e.jsonl");
  CHECK(std::isnan(read[0].numbers.at("loss")));
  CHECK(read[0].numbers.at("epoch") == 1);
}

TEST_CASE("a message however long makes a line that can be read") {
  TemporaryFolder folder;
  EventLog(folder / "e.jsonl").note("error", std::string(3 << 20, '\x01'));
  CHECK(read_events(folder / "e.jsonl").at(0).texts.at("text").size() > 1000);
}

TEST_CASE("an epoch comes back from the log with every member") {
  TemporaryFolder folder;
  const EpochRecord e = sample::epoch(3);
  EventLog(folder / "e.jsonl").epoch(e);
  const EpochRecord r = epoch_from_event(read_events(folder / "e.jsonl").at(0));
  CHECK(r.epoch == e.epoch);
  CHECK(r.epoch_loss == e.epoch_loss);
  CHECK(r.overall_loss == e.overall_loss);
  CHECK(r.val_loss_epoch == e.val_loss_epoch);
  CHECK(r.val_loss_avg == e.val_loss_avg);
  CHECK(r.metric("train_dice") == e.metric("train_dice"));
  CHECK(r.metric("val_dice") == e.metric("val_dice"));
  CHECK(r.epoch_duration == e.epoch_duration);
  CHECK(r.optimizer_steps == e.optimizer_steps);
  CHECK(r.total_optimizer_steps == e.total_optimizer_steps);
  CHECK(r.learning_rate == e.learning_rate);
  CHECK(r.parts() == e.parts());
  CHECK(r.phases.data_wait == e.phases.data_wait);
  CHECK(r.phases.forward == e.phases.forward);
  CHECK(r.phases.backward == e.phases.backward);
  CHECK(r.phases.optimizer == e.phases.optimizer);
  CHECK(r.phases.validation == e.phases.validation);
  CHECK(r.phases.checkpoint == e.phases.checkpoint);
  CHECK(r.phases.other == e.phases.other);
  CHECK(r.samples_per_second == e.samples_per_second);
  CHECK(r.peak_memory_bytes == e.peak_memory_bytes);
  CHECK(r.gradient_norm == e.gradient_norm);
}

TEST_CASE("what the ranks did in an epoch comes back from the log with every member") {
  const TemporaryFolder folder;
  ParallelRecord p;
  // Every member its own value, so that a lost or swapped one shows.
  p.slowest_rank = 3;
  p.slowest_host = "node17";
  p.hosts = 2;
  p.peak_memory_bytes = 4;
  using P = ParallelRecord;
  double P::*const reals[] = {&P::step_min,
                              &P::step_median,
                              &P::step_max,
                              &P::halo_bytes,
                              &P::allreduce_bytes,
                              &P::statistics_bytes,
                              &P::halo_seconds,
                              &P::validation_halo_bytes,
                              &P::halo_wait,
                              &P::statistics_wait,
                              &P::allreduce_seconds,
                              &P::allreduce_exposed,
                              &P::communication_total,
                              &P::communication_share};
  double next = 10.5;
  for (const auto real : reals) p.*real = next++;
  EpochRecord epoch = sample::epoch(1);
  epoch.parallel = p;
  EventLog(folder / "events.jsonl").epoch(epoch);
  const auto events = read_events(folder / "events.jsonl");
  REQUIRE(events.size() == 1);
  const auto back = epoch_from_event(events[0]).parallel;
  REQUIRE(back);
  CHECK(back->slowest_rank == 3);
  CHECK(back->slowest_host == "node17");
  CHECK(back->hosts == 2);
  CHECK(back->peak_memory_bytes == 4);
  for (const auto real : reals) CHECK((*back).*real == p.*real);
}

TEST_CASE("a log cut anywhere in its last line reads without it, and goes on") {
  TemporaryFolder folder;
  {
    EventLog log(folder / "e.jsonl");
    log.note("info", "first");
    log.note("info", "second");
  }
  const std::string whole = read_text(folder / "e.jsonl");
  for (std::size_t cut = whole.find('\n') + 1; cut < whole.size(); ++cut) {
    sample::overwrite(folder / "e.jsonl", whole.substr(0, cut));
    REQUIRE(read_events(folder / "e.jsonl").size() == 1);
    EventLog(folder / "e.jsonl").note("info", "third");
    const auto events = read_events(folder / "e.jsonl");
    REQUIRE(events.size() == 2);
    REQUIRE(events[1].texts.at("text") == "third");
  }
}

TEST_CASE("nested facts are flattened, lists of numbers stay lists") {
  TemporaryFolder folder;
  sample::overwrite(folder / "e.jsonl",
                    "{\"type\":\"x\",\"time\":\"now\",\"t\":null,\"a\":{\"b\":{\"c\":2}},\"l\":[1,null,true],"
                    "\"m\":[\"u\",{\"v\":false}],\"e\":[]}\n");
  const auto events = read_events(folder / "e.jsonl");
  REQUIRE(events.size() == 1);
  const Event& event = events[0];
  CHECK(std::isnan(event.t));
  CHECK(event.numbers == std::map<std::string, double>{{"a.b.c", 2}, {"m.1.v", 0}});
  CHECK(event.texts == std::map<std::string, std::string>{{"m.0", "u"}});
  CHECK(event.lists.at("e").empty());
  REQUIRE(event.lists.at("l").size() == 3);
  CHECK(event.lists.at("l")[0] == 1);
  CHECK(std::isnan(event.lists.at("l")[1]));
  CHECK(event.lists.at("l")[2] == 1);
}

TEST_CASE("what is no event is refused by file and line") {
  TemporaryFolder folder;
  const std::string good = "{\"type\":\"note\",\"time\":\"now\",\"t\":1}\n";
  const std::string deep = "{\"type\":\"x\",\"time\":\"y\",\"t\":0,\"a\":";
  std::string nested_names = deep;
  for (int i = 0; i < 20; ++i) nested_names += "{\"" + std::string(20, 'n') + "\":";
  nested_names += "1" + std::string(20, '}') + "}\n";
  const std::vector<std::string> bad = {
      "\n",
      "null\n",
      "[1]\n",
      "{}\n",
      "{\"type\":1,\"time\":\"now\",\"t\":1}\n",
      "{\"type\":\"\",\"time\":\"now\",\"t\":1}\n",
      "{\"type\":\"a\",\"time\":\"now\"}\n",
      "{\"type\":\"a\",\"time\":\"now\",\"t\":\"1\"}\n",
      "{\"type\":\"a\",\"time\":\"now\",\"t\":1e999}\n",
      "{\"type\":\"a\",\"time\":\"n\xff\",\"t\":1}\n",
      "{\"type\":\"a\"," + std::string(1, 0) + "\"time\":\"n\",\"t\":1}\n",
      good.substr(0, good.size() - 1) + good,
      deep + std::string(100000, '[') + std::string(100000, ']') + "}\n",
      deep + std::string(500000, '[') + "\n",
      nested_names,
      deep + "\"" + std::string(2 << 20, 'x') + "\"}\n",
      std::string(3 << 20, '{'),
  };
  for (const auto& text : bad) {
    sample::overwrite(folder / "e.jsonl", good + text);
    CHECK_THROWS_AS(read_events(folder / "e.jsonl"), DataError);
    CHECK_THROWS_WITH(read_events(folder / "e.jsonl"),
                      Catch::Contains("e.jsonl") && Catch::Contains("line 2"));
  }
  CHECK_THROWS_AS(read_events(folder / "missing"), DataError);
  CHECK_THROWS_AS(read_events(folder.path()), DataError);
}

TEST_CASE("a foreign file is not appended to and not cut") {
  TemporaryFolder folder;
  sample::overwrite(folder / "e.jsonl", "my own notes");
  CHECK_THROWS_AS(EventLog(folder / "e.jsonl"), DataError);
  CHECK(read_text(folder / "e.jsonl") == "my own notes");
  CHECK_THROWS_AS(EventLog(folder / "no" / "such" / "folder"), SystemError);
}

TEST_CASE("damaged logs are read or refused, nothing else") {
  TemporaryFolder folder;
  {
    EventLog log(folder / "good.jsonl");
    write_everything(log);
  }
  const std::string good = read_text(folder / "good.jsonl");
  std::mt19937_64 random(11);
  int refused = 0, epochs = 0;
  for (int i = 0; i < fuzz_rounds(2000); ++i) {
    sample::overwrite(folder / "e.jsonl", sample::mutate(good, random));
    try {
      for (const auto& event : read_events(folder / "e.jsonl"))
        if (event.type == "epoch") epochs += epoch_from_event(event).epoch >= 1;
    } catch (const DataError&) {
      ++refused;
    }
  }
  CHECK(refused > 200);
  CHECK(epochs > 50);
}

TEST_CASE("threads that log at once write whole lines") {
  TemporaryFolder folder;
  {
    EventLog log(folder / "e.jsonl");
    std::vector<std::jthread> threads;
    for (int k = 0; k < 4; ++k)
      threads.emplace_back([&log, k] {
        for (int i = 0; i < 200; ++i) log.note("info", cat(k, " ", i, " ", std::string(300, 'x')));
      });
  }
  std::vector<int> next(4, 0);
  for (const auto& event : read_events(folder / "e.jsonl")) {
    const auto words = split(event.texts.at("text"), ' ');
    const auto k = static_cast<std::size_t>(std::stoi(words[0]));
    REQUIRE(std::stoi(words[1]) == next[k]++);
  }
  CHECK(next == std::vector<int>(4, 200));
}
