// What strangers, slow readers and bad lines do to a run that publishes: nothing.
#include <sys/resource.h>

#include <future>
#include <random>
#include <zmq.hpp>

#include "catch.hpp"
#include "proxy.hpp"
#include "watching.hpp"

using namespace scaffold;
using namespace scaffold::monitor;
using Phase = LiveStatus::Phase;

namespace {

struct Published {
  Published() {
    run.line(1);
    publisher = std::make_unique<Publisher>(run.options());
    file = read_monitor_file(run.folder());
  }
  explicit Published(PublisherOptions options) {
    run.line(1);
    options.run_folder = run.folder();
    publisher = std::make_unique<Publisher>(options);
    file = read_monitor_file(run.folder());
  }
  int port() const { return port_of(publisher->endpoint()); }
  /// A watcher with the key is served: the log arrives.
  void check_serves() {
    Watcher watcher(run.folder());
    run.line(2);
    publisher->notify();
    REQUIRE(watcher.until([&] { return watcher.log() == run.written(); }));
  }
  /// Waits until so many attempts were counted.
  bool rejected(std::uint64_t least) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (publisher->observed().rejected < least && std::chrono::steady_clock::now() < end) {
      publisher->notify();
      std::this_thread::yield();
    }
    return publisher->observed().rejected >= least;
  }

  TemporaryFolder folder;
  FakeRun run{folder / "run"};
  std::unique_ptr<Publisher> publisher;
  MonitorFile file;
};

struct Key {
  Key() { zmq_curve_keypair(open, secret); }
  char open[41], secret[41];
};

zmq::socket_t dealer(zmq::context_t& context, const std::string& server_key = "") {
  zmq::socket_t socket(context, zmq::socket_type::dealer);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::rcvtimeo, 1500);
  if (!server_key.empty()) {
    const Key own;
    socket.set(zmq::sockopt::curve_serverkey, server_key);
    socket.set(zmq::sockopt::curve_publickey, std::string(own.open));
    socket.set(zmq::sockopt::curve_secretkey, std::string(own.secret));
  }
  return socket;
}

std::string hello(const Token& token) {
  Hello hello;
  hello.token = token;
  return encode({protocol_version, 1, hello});
}

/// Whatever comes before the socket's patience ends.
std::optional<std::string> answer(zmq::socket_t& socket) {
  zmq::message_t frame;
  if (!socket.recv(frame)) return std::nullopt;
  return frame.to_string();
}

/// A watcher with key and token that asks for 5,000 volumes and reads none.
zmq::socket_t asks_and_never_reads(zmq::context_t& context, const Published& run) {
  zmq::socket_t socket = dealer(context, run.file.public_key);
  socket.set(zmq::sockopt::rcvhwm, 1);
  socket.set(zmq::sockopt::rcvbuf, 4096);
  socket.connect(run.publisher->endpoint());
  socket.send(zmq::buffer(hello(run.file.token)));
  const std::string ask = encode(
      {protocol_version, 3, Request{1, 1, Part::prediction, 0, Request::whole, 0, 0, max_piece_bytes}});
  for (int i = 0; i < 5000; ++i) socket.send(zmq::buffer(ask), zmq::send_flags::dontwait);
  return socket;
}

int open_files() {
  int n = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator("/proc/self/fd")) ++n;
  return n;
}

}  // namespace

TEST_CASE("without the key or with a wrong one nothing comes back, and it is counted") {
  Published run;
  zmq::context_t context;
  SECTION("no key at all") {
    zmq::socket_t socket = dealer(context);
    socket.connect(run.publisher->endpoint());
    socket.send(zmq::buffer(hello(run.file.token)), zmq::send_flags::dontwait);
    CHECK_FALSE(answer(socket));
  }
  SECTION("another server's key") {
    zmq::socket_t socket = dealer(context, Key().open);
    socket.connect(run.publisher->endpoint());
    socket.send(zmq::buffer(hello(run.file.token)), zmq::send_flags::dontwait);
    CHECK_FALSE(answer(socket));
  }
  SECTION("the key without the token") {
    zmq::socket_t socket = dealer(context, run.file.public_key);
    socket.connect(run.publisher->endpoint());
    Token token = run.file.token;
    token[31] ^= 1;
    socket.send(zmq::buffer(hello(token)), zmq::send_flags::dontwait);
    for (const Body& body : {Body(Ping{}), Body(Request{}), Body(Choose{1}), Body(Command{})})
      socket.send(zmq::buffer(encode({protocol_version, 2, body})), zmq::send_flags::dontwait);
    CHECK_FALSE(answer(socket));
  }
  CHECK(run.rejected(1));
  CHECK(run.publisher->observed().watchers == 0);
  CHECK(run.publisher->chosen().empty());
  CHECK(run.publisher->observed().bytes_sent == 0);
  run.check_serves();
}

TEST_CASE("bytes that are no protocol at all do no harm") {
  Published run;
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    FileDescriptor socket = connect_to(run.port());
    REQUIRE(socket);
    std::string bytes(1 + random() % 3000, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    if (round % 4 == 0) bytes = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    // A right beginning of ZeroMQ's greeting, for CURVE and for no security at all, then anything.
    if (round % 4 == 1)
      bytes.replace(0, 64, std::string("\xff\0\0\0\0\0\0\0\x01\x7f\x03\0CURVE", 17) + std::string(47, '\0'));
    if (round % 4 == 2)
      bytes.replace(0, 64, std::string("\xff\0\0\0\0\0\0\0\x01\x7f\x03\0NULL", 16) + std::string(48, '\0'));
    ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  CHECK(run.publisher->observed().watchers == 0);
  run.check_serves();
  CHECK(run.rejected(20));
}

TEST_CASE("a recorded handshake that is sent again opens nothing") {
  Published run;
  Proxy proxy(run.port(), 0);
  TemporaryFolder folder;
  News news;
  std::string recorded;
  {
    Subscriber honest(local_route(run.run.folder(), proxy.endpoint()), folder.path(), {},
                      [&] { news.tell(); });
    REQUIRE(news.until([&] { return honest.status().phase == Phase::live; }));
    recorded = proxy.sent();
  }
  REQUIRE(recorded.size() > 300);
  const auto before = run.publisher->observed();
  FileDescriptor socket = connect_to(run.port());
  ::send(socket.get(), recorded.data(), recorded.size(), MSG_NOSIGNAL);
  REQUIRE(run.rejected(before.rejected + 1));
  CHECK(run.publisher->observed().watchers == before.watchers);
  run.check_serves();
}

TEST_CASE("frames that are too long end their connection, not the run") {
  Published run;
  zmq::context_t context;
  zmq::socket_t socket = dealer(context, run.file.public_key);
  socket.connect(run.publisher->endpoint());
  socket.send(zmq::buffer(hello(run.file.token)));
  REQUIRE(answer(socket));  // let in
  const std::string huge(std::size_t{32} << 20, 'x');
  socket.send(zmq::buffer(huge), zmq::send_flags::dontwait);
  run.check_serves();
}

TEST_CASE("a watcher that asks and never reads costs a bounded amount of memory") {
  Published run;
  run.publisher->add(std::make_unique<VolumeSnapshot>(some_volume(1, 1, {64, 64, 64})), true);
  zmq::context_t context;
  const std::uint64_t before = run.publisher->observed().bytes_sent;
  const zmq::socket_t never_reads = asks_and_never_reads(context, run);
  for (int i = 0; i < 20000; ++i) run.run.line(i);
  run.publisher->notify();
  run.check_serves();  // others are served meanwhile
  // Queues of 16 messages, and what the kernel's socket buffers take.
  CHECK(run.publisher->observed().bytes_sent - before < std::uint64_t{64} << 20);
}

TEST_CASE("ten thousand connection attempts leave file descriptors and the honest watcher alone") {
  Published run;
  Watcher honest(run.run.folder());
  REQUIRE(honest.until(Phase::live));
  const int before = open_files();
  int most = 0, connected = 0;
  std::deque<FileDescriptor> held;
  for (int i = 0; i < 10000; ++i) {
    held.push_back(connect_to(run.port(), false));
    connected += held.back() ? 1 : 0;
    if (held.size() > 50) held.pop_front();
    if (i % 100 == 0) most = std::max(most, open_files() - before - static_cast<int>(held.size()));
  }
  held.clear();
  INFO("connected " << connected << ", most files " << most);
  CHECK(most < 400);
  run.run.line(3);
  run.publisher->notify();
  CHECK(honest.until([&] { return honest.log() == run.run.written(); }));
  // The port is open again in a while.
  Watcher late(run.run.folder());
  CHECK(late.until([&] { return late.log() == run.run.written(); }));
}

TEST_CASE("the end of a run waits neither for a reader that has stopped nor for strangers") {
  Published run;
  run.publisher->add(std::make_unique<VolumeSnapshot>(some_volume(1, 1, {64, 64, 64})), true);
  Watcher honest(run.run.folder());
  REQUIRE(honest.until([&] { return !honest->status().volumes.empty(); }));
  zmq::context_t context;
  const zmq::socket_t stopped = asks_and_never_reads(context, run);
  std::vector<FileDescriptor> strangers;  // half of them in the middle of a handshake
  for (int i = 0; i < 60; ++i) {
    strangers.push_back(connect_to(run.port()));
    if (i % 2) ::send(strangers.back().get(), "\xff\0\0\0\0\0\0\0\x01\x7f\x03", 11, MSG_NOSIGNAL);
  }
  REQUIRE(honest.until([&] { return run.publisher->observed().watchers == 2; }));
  for (int i = 0; i < 20000; ++i) run.run.line(i);  // more than the window of the one that has stopped
  run.publisher->notify();
  run.publisher.reset();  // would not come back
  CHECK_FALSE(fs::exists(run.run.folder() / monitor_file_name));
  CHECK(honest.until(Phase::ended));
  CHECK(honest.log() == run.run.written());
}

TEST_CASE("what a lost run could not send is read from its log, where that is at hand") {
  const TemporaryFolder folder;
  FakeRun run(folder / "run");
  const bool had_lines = GENERATE(true, false);  // when its watchers came
  if (had_lines) run.line(1);
  auto publisher = std::make_unique<Publisher>(run.options());
  auto proxy = std::make_unique<Proxy>(port_of(publisher->endpoint()), 0);
  TemporaryFolder near_folder, far_folder;
  News news;
  const auto watch = [&](const fs::path& mirror, const fs::path& at_hand) {
    return std::make_unique<Subscriber>(local_route(run.folder(), proxy->endpoint()), mirror,
                                        Subscriber::Options{.run_folder = at_hand}, [&] { news.tell(); });
  };
  const auto near = watch(near_folder.path(), run.folder()), far = watch(far_folder.path(), {});
  for (const auto* watcher : {&near, &far})
    REQUIRE(news.until([&] { return (*watcher)->status().phase == Phase::live; }));
  if (!had_lines) run.line(1);
  publisher->notify();
  const std::string known = run.written();
  for (const auto* mirror : {&near_folder, &far_folder})
    REQUIRE(news.until([&] { return Watcher::contents(*mirror / "events.jsonl") == known; }));
  proxy.reset();      // nothing passes any more, and no bye
  publisher.reset();  // takes monitor.json away
  run.line(2);
  run.append("half a line");
  REQUIRE(news.until([&] { return Watcher::contents(near_folder / "events.jsonl").size() > known.size(); }));
  CHECK(Watcher::contents(near_folder / "events.jsonl") + "half a line" == run.written());
  REQUIRE(news.until([&] { return far->status().phase == Phase::lost; }));
  CHECK(Watcher::contents(far_folder / "events.jsonl") == known);
}

TEST_CASE("a line of 200 ms that is cut is followed again from where it was") {
  Published run;
  for (int i = 0; i < 3000; ++i) run.run.line(i);
  run.publisher->notify();
  Proxy proxy(run.port(), 0.1);  // each way
  TemporaryFolder folder;
  News news;
  Subscriber far(local_route(run.run.folder(), proxy.endpoint()), folder.path(), {}, [&] { news.tell(); });
  const auto log = [&] { return Watcher::contents(folder / "events.jsonl"); };
  REQUIRE(news.until([&] { return log() == run.run.written(); }));
  REQUIRE(news.until([&] { return far.status().round_trip > 0; }));
  CHECK(far.status().round_trip >= 0.2);
  const VolumeSnapshot volume = some_volume(1, 4, {48, 48, 48});
  run.publisher->add(std::make_unique<VolumeSnapshot>(volume), false);
  proxy.cut();
  REQUIRE(news.until([&] { return far.status().connections == 2; }));
  for (int i = 0; i < 3000; ++i) run.run.line(i);
  run.publisher->notify();
  REQUIRE(news.until([&] { return log() == run.run.written(); }));
  CHECK(run.publisher->observed().bytes_sent < 2 * run.run.written().size());
  std::promise<Fetched> fetched;
  far.fetch({1, 4, Part::prediction, 0, Request::whole, 0, 0, 0},
            [&](Fetched f) { fetched.set_value(std::move(f)); });
  CHECK(fetched.get_future().get().labels == volume.prediction);
}

TEST_CASE("a job that is killed is told as lost, what came stays, the next session is followed") {
  const TemporaryFolder folder;
  FakeRun run(folder / "run");
  run.line(1);
  auto publisher = std::make_unique<Publisher>(run.options());
  Proxy proxy(port_of(publisher->endpoint()), 0);
  TemporaryFolder mirror;
  News news;
  Subscriber watcher(local_route(run.folder(), proxy.endpoint()), mirror.path(), {}, [&] { news.tell(); });
  REQUIRE(news.until([&] { return watcher.status().phase == Phase::live; }));
  REQUIRE(news.until([&] { return Watcher::contents(mirror / "events.jsonl") == run.written(); }));
  proxy.cut();  // no bye, as after kill -9
  REQUIRE(
      news.until([&] { return watcher.status().connections == 2 || watcher.status().phase == Phase::lost; }));
  CHECK(Watcher::contents(mirror / "events.jsonl") == run.written());
}
