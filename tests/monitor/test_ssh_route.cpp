// The way by ssh, through a stand-in for ssh that runs commands and forwards ports on this machine.
#include <rapidcheck.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "catch.hpp"
#include "core/error.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "monitor/ssh_route.hpp"
#include "watching.hpp"

using namespace scaffold;
using namespace scaffold::monitor;
using Phase = LiveStatus::Phase;

namespace {

/// In front of PATH while it is there.
class FakeSsh {
 public:
  explicit FakeSsh(const std::string& mode) : path_before_(std::getenv("PATH")) {
    fs::copy_file(fs::path(SCAFFOLD_SOURCE_DIR) / "tests" / "fake_ssh.py", folder_ / "ssh");
    std::ofstream(folder_ / "mode") << mode;
    ::chmod((folder_ / "ssh").c_str(), 0755);
    ::setenv("PATH", cat(folder_.path().string(), ":", path_before_).c_str(), 1);
  }
  ~FakeSsh() { ::setenv("PATH", path_before_.c_str(), 1); }
  /// What it was called with.
  std::vector<std::string> calls() const {
    std::vector<std::string> all;
    for (const auto& line : split(Watcher::contents(folder_ / "log"), '\n'))
      if (!line.empty()) all.emplace_back(line);
    return all;
  }

 private:
  TemporaryFolder folder_;
  std::string path_before_;
};

std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

MonitorFile listening(const std::string& address, const std::string& host) {
  MonitorFile file;
  file.address = address;
  file.host = host;
  file.port = 4711;
  return file;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace

TEST_CASE("a run is followed through ssh, and nothing of ssh is left afterwards") {
  const TemporaryFolder folder;
  FakeRun run(folder / "a run's $(folder)");
  for (int i = 0; i < 2000; ++i) run.line(i);
  Publisher publisher(run.options());
  const FakeSsh ssh("works");
  {
    const TemporaryFolder mirror;
    News news;
    Subscriber subscriber(ssh_route("user@login", run.folder().string()), mirror.path(),
                          {"test watcher", protocol_version, 8}, [&] { news.tell(); });
    REQUIRE(news.until([&] { return Watcher::contents(mirror / "events.jsonl") == run.written(); }));
    run.line(2000);
    publisher.notify();
    REQUIRE(news.until([&] { return Watcher::contents(mirror / "events.jsonl") == run.written(); }));
    CHECK(subscriber.status().phase == Phase::live);
    CHECK(publisher.observed().rejected == 0);
  }
  const auto calls = ssh.calls();
  REQUIRE(calls.size() == 2);
  CHECK(calls[0].find("BatchMode=yes") != std::string::npos);
  CHECK(calls[1].find("ExitOnForwardFailure=yes") != std::string::npos);
  for (const auto& call : calls) CHECK((::kill(std::atoi(call.c_str()), 0) != 0 && errno == ESRCH));
}

TEST_CASE("what ssh complains about is said in its words, with advice") {
  const TemporaryFolder folder;
  FakeRun run(folder / "run");
  Publisher publisher(run.options());
  const auto attempt = [&](const fs::path& path) {
    return message_of([&] { ssh_route("user@login", path.string())->find(); });
  };
  {
    const FakeSsh ssh("denied");
    const auto text = attempt(run.folder());
    CHECK(text.find("Permission denied (publickey)") != std::string::npos);
    CHECK(text.find("agent") != std::string::npos);
  }
  {
    const FakeSsh ssh("no tunnel");
    CHECK(attempt(run.folder()).find("administratively prohibited") != std::string::npos);
  }
  const FakeSsh ssh("works");
  const auto missing = attempt(folder / "missing");
  CHECK(missing.find("No such file") != std::string::npos);
  CHECK(missing.find("--monitor 1") != std::string::npos);
  // A key that lies about: its run was killed.
  MonitorFile killed = listening("127.0.0.1", describe_machine().host);
  killed.port = 1;
  killed.public_key = std::string(40, '.');
  write_monitor_file(folder / "killed.json", killed);
  const auto dead = attempt(folder / "killed.json");
  CHECK(dead.find("Connection refused") != std::string::npos);
  CHECK(dead.find("killed") != std::string::npos);
  CHECK_THROWS_AS(ssh_route("user@login", folder / "killed.json")->find(), Unreachable);
  std::ofstream(folder / "damaged.json") << "{}";
  CHECK(attempt(folder / "damaged.json").find("damaged.json' on user@login") != std::string::npos);
}

TEST_CASE("a login that fails is left alone for longer and longer") {
  const FakeSsh ssh("denied");
  const auto route = ssh_route("user@login", "run");
  for (const double seconds : {1, 2, 4, 8, 16, 30, 30}) {
    CHECK_THROWS_AS(route->find(), DataError);
    CHECK(route->pause() == seconds);
  }
  const TemporaryFolder folder;
  FakeRun run(folder / "run");
  Publisher publisher(run.options());
  const FakeSsh works("works");
  const auto good = ssh_route("user@login", run.folder().string());
  good->find();
  CHECK(good->pause() == 1);
}

TEST_CASE("a machine without ssh is told") {
  const std::string before = std::getenv("PATH");
  ::setenv("PATH", "/nowhere", 1);
  const auto text = message_of([] { ssh_route("user@login", "run")->find(); });
  ::setenv("PATH", before.c_str(), 1);
  CHECK(text.find("no ssh") != std::string::npos);
}

TEST_CASE("who no longer waits for ssh does not have to") {
  const FakeSsh ssh("hang");
  const auto route = ssh_route("user@login", "run");
  std::string text;
  std::thread finding([&] { text = message_of([&] { route->find(); }); });
  route->stop();
  finding.join();  // ten minutes otherwise: the limit of the test
  CHECK(text.find("no longer watched") != std::string::npos);
}

TEST_CASE("a login or path that ssh or a shell could take for something else is refused") {
  for (const char* login : {"", "-oProxyCommand=touch x", "user@-oX", "@host", "user@", "us er@host",
                            "a;b@host", "user@host;id", "-l@host", "user@ho st", "$(id)@host"})
    CHECK(message_of([&] { ssh_route(login, "run"); }).find("login") != std::string::npos);
  for (const char* path : {"", "-rf", "a\nb", "a\x01"})
    CHECK(message_of([&] { ssh_route("host", path); }).find("run folder") != std::string::npos);
  CHECK(message_of([] { ssh_route("user.name-x@login.example.org", "~/runs/a b"); }).empty());
  CHECK(message_of([] { ssh_route("alias", "relative"); }).empty());
}

TEST_CASE("a shell gives any path back as one word") {
  CHECK(shell_word("~/runs/a") == "~/'runs/a'");
  CHECK(rc::check([] {  // any bytes but 0 and line feeds
    auto text = *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
    std::erase(text, '\n');
    RC_PRE(!text.starts_with("~/"));
    FILE* shell = ::popen(cat("printf %s ", shell_word(text)).c_str(), "r");
    std::string back(text.size() + 100, '\0');
    back.resize(std::fread(back.data(), 1, back.size(), shell));
    ::pclose(shell);
    RC_ASSERT(back == text);
  }));
}

TEST_CASE("a login may print whatever it likes") {
  const TemporaryFolder folder;
  FakeRun run(folder / "run");
  run.line(1);
  Publisher publisher(run.options());
  const FakeSsh ssh("noisy");
  const TemporaryFolder mirror;
  News news;
  {
    Subscriber subscriber(ssh_route("user@login", run.folder().string()), mirror.path(),
                          {"test watcher", protocol_version, 8}, [&] { news.tell(); });
    CHECK(news.until([&] { return Watcher::contents(mirror / "events.jsonl") == run.written(); }));
  }
  const auto missing = message_of([&] { ssh_route("user@login", (folder / "missing").string())->find(); });
  CHECK(missing.find("--monitor 1") != std::string::npos);
}

TEST_CASE("the answer of a login is found among anything else") {
  const auto run = [](const std::string& command) {
    FILE* shell = ::popen(command.c_str(), "r");
    std::string said(100000, '\0');
    said.resize(std::fread(said.data(), 1, said.size(), shell));
    ::pclose(shell);
    return said;
  };
  const TemporaryFolder folder;
  const std::string text = "{\n  \"a\": 1\n}\n";
  std::ofstream(folder / "a file's.json") << text;
  const std::string said = run(login_command(folder / "a file's.json"));
  const MachineDescription machine = describe_machine();
  CHECK(rc::check([&] {
    const auto noise = [] { return *rc::gen::arbitrary<std::string>(); };
    const LoginAnswer answer = parse_login_answer(noise() + said + noise());
    RC_ASSERT(answer.reached && answer.complete);
    RC_ASSERT(answer.host == machine.host);
    RC_ASSERT(same_network(answer.namespaces, own_namespaces()) == Same::yes);
    RC_ASSERT(std::string(trim(answer.file)) == std::string(trim(text)));
    parse_login_answer(said.substr(0, *rc::gen::inRange<std::size_t>(0, said.size())) + noise());
  }));
  CHECK(parse_login_answer(said).user == trim(run("id -un")));
  const auto without = parse_login_answer(run(cat(login_command(folder / "missing"), " 2>&1")));
  CHECK((without.reached && !without.complete));
  CHECK_FALSE(parse_login_answer("Welcome\n{}\n").reached);
}

TEST_CASE("the tunnel goes where the run listens") {
  const LoginAnswer head{.host = "head"};
  const auto arguments = [](const MonitorFile& file, const LoginAnswer& there,
                            const char* login = "user@login") {
    return joined(tunnel_arguments(file, login, there));
  };
  // On the login machine itself, whose name may come with its domain.
  CHECK(arguments(listening("127.0.0.1", "head"), {.host = "head.example.org"})
            .ends_with("-W 127.0.0.1:4711 user@login"));
  CHECK(arguments(listening("0.0.0.0", "head"), head).ends_with("-W 127.0.0.1:4711 user@login"));
  // On a compute node's loopback: through the login machine.
  const auto through = arguments(listening("127.0.0.1", "node7"), head);
  CHECK(through.find("ProxyCommand=ssh -T -o BatchMode=yes") != std::string::npos);
  CHECK(through.find(" -W [%h]:%p user@login ") != std::string::npos);
  CHECK(through.ends_with("-W 127.0.0.1:4711 -l user node7"));
  CHECK(arguments(listening("::1", "node7"), head).ends_with("-W [::1]:4711 -l user node7"));
  CHECK(
      arguments(listening("fe80::1%eth0", "node7"), head).ends_with("-W [fe80::1%eth0]:4711 -l user node7"));
  // Of a name in ~/.ssh/config nobody but the login machine knows the user.
  CHECK(arguments(listening("127.0.0.1", "node7"), {.host = "head", .user = "bob"}, "alias")
            .ends_with("-W [%h]:%p alias -W 127.0.0.1:4711 -l bob node7"));
  CHECK(arguments(listening("127.0.0.1", "node7"), {.host = "head", .user = "-oX=y"}, "alias")
            .ends_with("-W 127.0.0.1:4711 node7"));
  // On its network: the login machine reaches it.
  CHECK(arguments(listening("0.0.0.0", "node7"), head).ends_with("-W node7:4711 user@login"));
  CHECK(arguments(listening("10.0.0.7", "node7"), head).ends_with("-W 10.0.0.7:4711 user@login"));
  // Machines are told apart by more than their names, where that is known.
  MonitorFile file = listening("127.0.0.1", "login");
  file.namespaces = {"boot of node7", 1, 1};
  CHECK(arguments(file, {.host = "login", .namespaces = {"boot of login", 1, 1}}).ends_with("-l user login"));
  CHECK(arguments(file, {.host = "another-name", .namespaces = {"boot of node7", 1, 0}})
            .ends_with(":4711 user@login"));
  for (const auto& words : {tunnel_arguments(listening("127.0.0.1", "n"), "h", {.host = "h"}),
                            tunnel_arguments(listening("127.0.0.1", "n"), "h", {.host = "other"})})
    for (const char* option :
         {"BatchMode=yes", "ExitOnForwardFailure=yes", "ConnectTimeout=10", "ControlMaster=no",
          "RemoteCommand=none", "ClearAllForwardings=yes", "PermitLocalCommand=no"})
      CHECK(std::find(words.begin(), words.end(), option) != words.end());
}
