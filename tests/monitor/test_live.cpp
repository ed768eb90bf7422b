// Publisher and subscriber over a real socket, synchronized by what they tell each other.
#include <future>

#include "catch.hpp"
#include "core/text.hpp"
#include "watching.hpp"

using namespace scaffold;
using namespace scaffold::monitor;
using Phase = LiveStatus::Phase;

TEST_CASE("a late watcher gets the log from its beginning, and then as it grows") {
  const TemporaryFolder folder;
  FakeRun run(folder / "run");
  for (int i = 0; i < 5000; ++i) run.line(i);  // several messages
  Publisher publisher(run.options());
  Watcher watcher(run.folder());
  REQUIRE(watcher.until([&] { return watcher.log() == run.written(); }));
  CHECK(watcher->status().phase == Phase::live);
  CHECK(watcher->status().run == "run");
  CHECK(Watcher::contents(watcher.folder() / "config.yaml") == "target_dice: 0.9\n");
  run.line(5000);
  publisher.notify();
  REQUIRE(watcher.until([&] { return watcher.log() == run.written(); }));
  CHECK(publisher.observed().watchers == 1);
  CHECK(publisher.observed().rejected == 0);
}

TEST_CASE("half a line is not sent before it is whole") {
  const TemporaryFolder folder;
  FakeRun run(folder / "run");
  run.line(1);
  const std::string whole = run.written();
  run.append("{\"type\":");
  Publisher publisher(run.options());
  Watcher watcher(run.folder());
  REQUIRE(watcher.until([&] { return watcher.log() == whole; }));
  publisher.notify();
  const auto before = watcher->status().bytes;
  REQUIRE(watcher.until([&] { return watcher->status().bytes > before; }));  // an answered ping
  CHECK(watcher.log() == whole);
  run.append("\"note\"}\n");
  publisher.notify();
  CHECK(watcher.until([&] { return watcher.log() == run.written(); }));
}

TEST_CASE("a watcher that comes before the job waits for it, and follows its restarts") {
  const TemporaryFolder folder;
  FakeRun run(folder / "run");
  Watcher watcher(run.folder());
  REQUIRE(watcher.until([&] { return watcher->status().message.find("monitor.json") != std::string::npos; }));
  CHECK(watcher->status().phase == Phase::looking);
  run.line(1);
  {
    Publisher first(run.options());
    REQUIRE(watcher.until([&] { return watcher.log() == run.written(); }));
    run.line(2);
  }  // says bye, with the rest of the log
  REQUIRE(watcher.until(Phase::ended));
  CHECK(watcher.log() == run.written());
  run.line(3);
  Publisher second(run.options());
  REQUIRE(watcher.until(
      [&] { return watcher.log() == run.written() && watcher->status().phase == Phase::live; }));
  CHECK(watcher->status().connections == 2);
  CHECK(second.observed().bytes_sent < 2000);  // it went on where it was
}

TEST_CASE("both ends may go at any moment") {  // a socket whose events nobody takes any more once blocked its
                                               // closing
  const TemporaryFolder folder;
  FakeRun run(folder / "run");
  run.line(1);
  for (int session = 0; session < 300; ++session) {
    auto publisher = std::make_unique<Publisher>(run.options());
    std::vector<std::unique_ptr<Watcher>> watchers;
    for (int i = 0; i < 3; ++i) watchers.push_back(std::make_unique<Watcher>(run.folder()));
    for (const auto& watcher : watchers) REQUIRE(watcher->until(Phase::live));
    if (session % 2) watchers.clear();
    publisher.reset();
  }
}

TEST_CASE("several watchers see the same") {
  const TemporaryFolder folder;
  FakeRun run(folder / "run");
  run.line(1);
  Publisher publisher(run.options());
  Watcher first(run.folder()), second(run.folder()), third(run.folder());
  run.line(2);
  publisher.notify();
  for (Watcher* watcher : {&first, &second, &third})
    CHECK(watcher->until([&] { return watcher->log() == run.written(); }));
  CHECK(publisher.observed().watchers == 3);
  CHECK(publisher.observed().at_once == 3);
}

TEST_CASE("a kept volume arrives voxel by voxel, whole, coarser and as a slice") {
  const TemporaryFolder folder;
  FakeRun run(folder / "run");
  run.line(1);
  Publisher publisher(run.options());
  Watcher watcher(run.folder());
  REQUIRE(watcher.until(Phase::live));
  const VolumeSnapshot volume = some_volume(3, 17, {96, 80, 72});
  publisher.add(std::make_unique<VolumeSnapshot>(volume), true);
  REQUIRE(watcher.until([&] { return watcher->status().volumes.size() == 1; }));
  const Kept kept = watcher->status().volumes[0];
  CHECK(kept.epoch == 3);
  CHECK(kept.volume == 17);
  CHECK(kept.levels == 2);
  CHECK(kept.score == Approx((0.5 + 0.7 + 0.9) / 3));
  Request ask{3, 17, Part::prediction, 0, Request::whole, 0, 0, 0};
  CHECK(watcher.fetch(ask).labels == volume.prediction);
  ask.part = Part::truth;
  CHECK(watcher.fetch(ask).labels == volume.truth);
  ask.level = 1;
  CHECK(watcher.fetch(ask).labels == halved(volume.truth, volume.dims));
  ask = {3, 17, Part::error, 0, 1, 40, 0, 0};  // across H
  const Fetched slice = watcher.fetch(ask);
  REQUIRE(slice.dims == Dims{96, 1, 72});
  for (std::int64_t d = 0; d < 96; ++d)
    for (std::int64_t w = 0; w < 72; ++w) {
      const auto at = static_cast<std::size_t>((d * 80 + 40) * 72 + w);
      const int p = volume.prediction[at], t = volume.truth[at];
      const int wanted = p == t ? 0 : t == 0 ? 1 : p == 0 ? 2 : 3;
      REQUIRE(slice.labels[static_cast<std::size_t>(d * 72 + w)] == wanted);
    }
  CHECK(watcher.fetch({9, 17, Part::truth, 0, Request::whole, 0, 0, 0}).problem.find("not kept") !=
        std::string::npos);
  CHECK(watcher.fetch({3, 17, Part::truth, 5, Request::whole, 0, 0, 0}).problem.find("level") !=
        std::string::npos);
  CHECK(watcher.fetch({3, 17, Part::truth, 0, 2, 72, 0, 0}).problem.find("slice 72") != std::string::npos);
}

TEST_CASE("what watchers choose and order reaches the trainer only where it is allowed") {
  const TemporaryFolder folder;
  FakeRun run(folder / "run");
  run.line(1);
  for (const bool control : {false, true}) {
    PublisherOptions options = run.options();
    options.control = control;
    Publisher publisher(options);
    Watcher watcher(run.folder());
    REQUIRE(watcher.until(Phase::live));
    CHECK(watcher->status().control == control);
    watcher->choose(5);
    std::promise<std::pair<bool, std::string>> promise;
    watcher->order(Control::stop_after_epoch, [&](bool accepted, std::string text) {
      promise.set_value({accepted, text});
    });
    const auto [accepted, text] = promise.get_future().get();
    CHECK(accepted == control);
    CHECK((text.find("--monitor-control") == std::string::npos) == control);
    CHECK(publisher.chosen() == std::vector<std::int64_t>{5});
    CHECK(publisher.take(Control::stop_after_epoch) == control);
    CHECK_FALSE(publisher.take(Control::stop_after_epoch));
    CHECK_FALSE(publisher.take(Control::checkpoint_now));
  }
}

TEST_CASE("neighboring versions share the log, distant ones a message that names both") {
  const TemporaryFolder folder;
  FakeRun run(folder / "run");
  run.line(1);
  PublisherOptions options = run.options();
  options.version = 5;
  Publisher publisher(options);
  for (const std::uint16_t version : {4, 6}) {
    Watcher watcher(run.folder(), {"other version", version, 8});
    REQUIRE(watcher.until([&] { return watcher.log() == run.written(); }));
    const LiveStatus status = watcher->status();
    CHECK(status.scalars_only);
    CHECK(status.message.find("5 there") != std::string::npos);
    CHECK(status.message.find(std::to_string(version) + " here") != std::string::npos);
    CHECK(watcher.fetch({1, 1, Part::truth, 0, Request::whole, 0, 0, 0}).problem.find("protocol") !=
          std::string::npos);
  }
  for (const std::uint16_t version : {3, 7}) {
    Watcher watcher(run.folder(), {"distant version", version, 8});
    REQUIRE(watcher.until(Phase::refused));
    CHECK(watcher->status().message.find("5 there") != std::string::npos);
    CHECK(watcher.log().empty());
  }
}

TEST_CASE("a run that is published on an interface is watched, by its name in a tunnel's place too") {
  const TemporaryFolder folder;
  FakeRun run(folder / "run");
  run.line(1);
  auto options = run.options();
  options.address = "lo";
  Publisher publisher(options);
  const MonitorFile file = read_monitor_file(run.folder());
  CHECK(file.address == "127.0.0.1");
  Watcher watcher(run.folder());
  CHECK(watcher.until([&] { return watcher.log() == run.written(); }));
  // "localhost" has an address of version 6 as well on most machines, where nobody listens.
  const TemporaryFolder mirror;
  News news;
  Subscriber by_name(local_route(run.folder(), cat("tcp://localhost:", file.port)), mirror.path(), {},
                     [&] { news.tell(); });
  CHECK(news.until([&] { return Watcher::contents(mirror / "events.jsonl") == run.written(); }));
}

TEST_CASE("a run on another machine's loopback has not ended: it is said how to reach it") {
  const TemporaryFolder folder;
  FakeRun run(folder / "run");
  run.line(1);
  Publisher publisher(run.options());
  MonitorFile file = read_monitor_file(run.folder());
  file.host = "node7";
  SECTION("as it knows") { file.namespaces.boot_id = "another machine's"; }
  SECTION("as its name lets suppose, where no one answers") {
    file.namespaces = {};
    file.port = 1;
  }
  write_monitor_file(run.folder() / "monitor.json", file);
  Watcher watcher(run.folder());
  REQUIRE(watcher.until(
      [&] { return watcher->status().message.find("loopback of node7 alone") != std::string::npos; }));
  CHECK(watcher->status().phase == Phase::connecting);
  CHECK(watcher->status().message.find("--ssh node7") != std::string::npos);
  CHECK(watcher->status().connections == 0);
  CHECK(watcher.log().empty());
}
