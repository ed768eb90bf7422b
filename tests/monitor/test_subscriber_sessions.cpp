// The protocol's logic, message by message, without sockets.
#include "monitor/subscriber_sessions.hpp"

#include <fstream>
#include <map>
#include <random>

#include "catch.hpp"
#include "fuzz.hpp"
#include "watching.hpp"

using namespace scaffold;
using namespace scaffold::monitor;

namespace {

/// A sessions whose watchers are queues in memory.
struct Office {
  explicit Office(bool control = false) {
    SubscriberSessionsOptions options;
    options.token.fill(42);
    options.control = control;
    options.run = "office";
    sessions.emplace(
        options, log, store,
        [this](const std::string& name, const std::string& frame) {
          if (full[name]) return false;
          sent[name].push_back(*decode(frame));
          return true;
        },
        [this](std::uint32_t volume) { chosen.push_back(volume); },
        [this](Control what) { orders.push_back(what); });
  }
  void hello(const std::string& name, std::uint64_t id = 0, std::uint64_t offset = 0) {
    Hello hello;
    hello.token.fill(42);
    hello.log_id = id;
    hello.log_offset = offset;
    say(name, hello);
  }
  void say(const std::string& name, Body body) {
    sessions->on_message(name, encode({protocol_version, 1, std::move(body)}), now);
  }
  std::uint64_t log_bytes(const std::string& name) {
    std::uint64_t bytes = 0;
    for (const Message& message : sent[name])
      if (const auto* part = std::get_if<Log>(&message.body)) bytes += part->bytes.size();
    return bytes;
  }

  TemporaryFolder folder;
  FakeRun run{folder / "run"};
  LogTail log{folder / "run" / "events.jsonl"};
  VolumeStore store{folder / "run" / "snapshots", {}};
  std::map<std::string, std::vector<Message>> sent;
  std::map<std::string, bool> full;
  std::vector<std::uint32_t> chosen;
  std::vector<Control> orders;
  double now = 0;
  std::optional<SubscriberSessions> sessions;
};

}  // namespace

TEST_CASE("who has not shown the token gets nothing, whatever it says") {
  Office office(true);
  office.run.line(1);
  office.log.refresh();
  Hello wrong;
  wrong.token.fill(41);
  office.say("stranger", wrong);
  office.say("stranger", Ping{});
  office.say("stranger", Request{});
  office.say("stranger", Choose{3});
  office.say("stranger", Command{Control::stop_after_epoch});
  office.sessions->on_message("stranger", "garbage", 0);
  office.sessions->flush(0);
  CHECK(office.sent["stranger"].empty());
  CHECK(office.chosen.empty());
  CHECK(office.orders.empty());
  CHECK(office.sessions->watchers() == 0);
  CHECK(office.sessions->rejected() == 2);  // the token and the garbage
}

TEST_CASE("a watcher that does not acknowledge is sent a window and no more") {
  Office office;
  for (int i = 0; i < 20000; ++i) office.run.line(i);
  office.log.refresh();
  office.hello("slow");
  for (int i = 0; i < 100; ++i) office.sessions->flush(0);
  const std::uint64_t ahead = office.log_bytes("slow");
  CHECK(ahead < office.log.size());
  CHECK(ahead <= 5 * max_log_bytes);
  // It reads on: everything comes, in order.
  while (office.log_bytes("slow") < office.log.size()) {
    const std::uint64_t had = office.log_bytes("slow");
    office.say("slow", Ack{had});
    REQUIRE(office.log_bytes("slow") > had);
  }
  std::string all;
  for (const Message& message : office.sent["slow"])
    if (const auto* part = std::get_if<Log>(&message.body)) {
      REQUIRE(part->offset == all.size());
      all += part->bytes;
    }
  CHECK(all == office.run.written());
}

TEST_CASE("a full queue loses nothing of the log") {
  Office office;
  office.run.line(1);
  office.log.refresh();
  office.hello("watcher");
  office.full["watcher"] = true;
  office.sessions->flush(0);
  office.run.line(2);
  office.log.refresh();
  office.sessions->flush(0);
  CHECK_FALSE(office.sessions->all_sent());
  office.full["watcher"] = false;
  office.sessions->flush(0);
  CHECK(office.log_bytes("watcher") == office.log.size());
  CHECK(office.sessions->all_sent());
}

TEST_CASE("a watcher that comes back goes on where it was, unless the log is another one") {
  Office office;
  office.run.line(1);
  office.run.line(2);
  office.log.refresh();
  office.hello("back", office.log.id(), 10);
  office.sessions->flush(0);
  CHECK(office.log_bytes("back") == office.log.size() - 10);
  office.hello("other", office.log.id() + 1, 10);
  office.sessions->flush(0);
  CHECK(office.log_bytes("other") == office.log.size());
  office.hello("beyond", office.log.id(), office.log.size() + 1);
  office.sessions->flush(0);
  CHECK(office.log_bytes("beyond") == office.log.size());
}

TEST_CASE("a silent watcher is forgotten, one that pings is not") {
  Office office;
  office.hello("silent");
  office.hello("alive");
  for (office.now = 0; office.now < 60; office.now += 2) {
    office.say("alive", Ping{});
    office.sessions->flush(office.now);
  }
  CHECK(office.sessions->watchers() == 1);
  CHECK(office.sessions->welcomed() == 2);
}

TEST_CASE("there is room for so many watchers and no more") {
  Office office;
  for (int i = 0; i < 100; ++i) office.hello("w" + std::to_string(i));
  CHECK(office.sessions->watchers() == 32);
  CHECK(std::holds_alternative<Refused>(office.sent["w99"].at(0).body));
}

TEST_CASE("random messages of one who has the token do no harm") {
  Office office(true);
  office.run.line(1);
  office.log.refresh();
  office.store.add(some_volume(1, 2, {16, 16, 16}), true);
  office.hello("fuzzer");
  std::mt19937 random(11);
  for (int round = 0; round < fuzz_rounds(5000); ++round) {
    Request ask;
    ask.epoch = random() % 3;
    ask.volume = random() % 4;
    ask.part = static_cast<Part>(random() % 3);
    ask.level = static_cast<std::uint8_t>(random() % 3);
    ask.axis = random() % 2 ? Request::whole : static_cast<std::uint8_t>(random() % 3);
    ask.index = random() % 32;
    ask.offset = random() % 2 ? random() : random() % 500;
    ask.length = random() % max_piece_bytes;
    std::string frame = encode({protocol_version, static_cast<std::uint32_t>(round), ask});
    if (random() % 4 == 0) frame[random() % frame.size()] = static_cast<char>(random());
    office.sessions->on_message("fuzzer", frame, 0);
    if (office.sent["fuzzer"].size() > 100) office.sent["fuzzer"].clear();
  }
  CHECK(office.sessions->watchers() <= 1);
}

TEST_CASE("a log whose folder is moved or removed while it is read goes on") {
  Office office;
  office.run.line(1);
  std::ofstream writer(office.folder / "run" / "events.jsonl", std::ios::app | std::ios::binary);
  office.log.refresh();
  const auto before = office.log.size();
  REQUIRE(before > 0);
  fs::rename(office.folder / "run", office.folder / "moved");
  writer << "{\"t\":2}\n" << std::flush;
  office.log.refresh();
  CHECK(office.log.size() == before + 8);
  CHECK(office.log.read(before, 100) == "{\"t\":2}\n");
  fs::remove_all(office.folder / "moved");
  writer << "{\"t\":3}\n" << std::flush;
  office.log.refresh();
  CHECK(office.log.read(before + 8, 100) == "{\"t\":3}\n");
  // Another log in its place is another log.
  FakeRun other{office.folder / "run"};
  other.line(7);
  office.log.refresh();
  CHECK(office.log.size() == other.written().size());
}
