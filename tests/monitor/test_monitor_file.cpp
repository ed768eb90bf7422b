#include "monitor/monitor_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <random>

#include "catch.hpp"
#include "core/error.hpp"
#include "core/system.hpp"
#include "fuzz.hpp"
#include "monitor/addresses.hpp"
#include "monitor/route.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;
using namespace scaffold::monitor;

namespace {

MonitorFile example() {
  MonitorFile file;
  file.host = "node17";
  file.port = 41235;
  file.public_key = std::string(40, 'a');
  for (std::size_t i = 0; i < file.token.size(); ++i) file.token[i] = static_cast<std::uint8_t>(200 + i);
  file.pid = 12;
  return file;
}

}  // namespace

TEST_CASE("monitor.json is for its owner's eyes only and comes back as it was") {
  const TemporaryFolder folder;
  const mode_t before = ::umask(0);  // also where the umask would let everybody read
  write_monitor_file(folder / "monitor.json", example());
  ::umask(before);
  struct stat info {};
  REQUIRE(::stat((folder / "monitor.json").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  const MonitorFile back = read_monitor_file(folder.path());
  CHECK(back.token == example().token);
  CHECK(back.public_key == example().public_key);
  CHECK(back.endpoint() == "tcp://127.0.0.1:41235");
  CHECK(back.host == "node17");
}

TEST_CASE("a run that listens everywhere is reached by its machine's name") {
  MonitorFile file = example();
  file.address = "0.0.0.0";
  CHECK(file.reachable_endpoint() == "tcp://node17:41235");
  file.address = "::1";
  CHECK(file.reachable_endpoint() == "tcp://[::1]:41235");
}

TEST_CASE("another machine's loopback is not ours") {
  const TemporaryFolder folder;
  MonitorFile file = example();
  file.namespaces = own_namespaces();
  file.pid = ::getpid();
  CHECK(file.same_network() == Same::yes);  // whatever the host is called: a container's name is its own
  CHECK(file.may_be_there());
  file.pid = 1 << 30;
  CHECK_FALSE(file.may_be_there());
  file.namespaces.process += 1;  // its process numbers are not ours
  CHECK(file.may_be_there());
  file.namespaces.boot_id = "another machine's";
  CHECK(file.same_network() == Same::no);
  write_monitor_file(folder / "monitor.json", file);
  const auto back = read_monitor_file(folder.path());
  CHECK(back.namespaces.boot_id == file.namespaces.boot_id);
  CHECK(back.namespaces.network == file.namespaces.network);
  CHECK(back.namespaces.process == file.namespaces.process);
  const auto route = local_route(folder.path());
  CHECK_THROWS_AS(route->find(), Unreachable);
  CHECK_THROWS_WITH(route->find(),
                    Catch::Contains("loopback of node17 alone") && Catch::Contains("--ssh node17"));
  CHECK(local_route(folder.path(), "tcp://127.0.0.1:5")->find().endpoint == "tcp://127.0.0.1:5");
  file.address = "0.0.0.0";
  CHECK(file.same_network() == Same::yes);
  file.address = "127.0.0.1";
  file.namespaces = {};  // of an earlier version: its host's name tells, where it tells
  CHECK(file.same_network() == Same::unknown);
  file.host = describe_machine().host;
  CHECK(file.same_network() == Same::yes);
}

TEST_CASE("an interface is published by its address, of version 4 where it has one") {
  CHECK(listening_address("lo") == "127.0.0.1");
  for (const char* address : {"127.0.0.1", "0.0.0.0", "::", "::1", "fe80::1%lo"})
    CHECK(listening_address(address) == address);
  for (const char* name : {"nosuch0", "127.0.0", "127.0.0.1.5", "::g"})
    CHECK_THROWS_WITH(listening_address(name), Catch::Contains(name) && Catch::Contains("lo (127.0.0.1)"));
}

TEST_CASE("names lead to addresses that can hear") {
  const auto localhost = numeric_endpoints("tcp://localhost:80", "127.0.0.1");
  REQUIRE_FALSE(localhost.empty());
  CHECK(localhost.front() == "tcp://127.0.0.1:80");
  CHECK(numeric_endpoints("tcp://[::1]:80", "127.0.0.1") == std::vector<std::string>{"tcp://[::1]:80"});
  CHECK(numeric_endpoints("tcp://10.1.2.3:80", "::") == std::vector<std::string>{"tcp://10.1.2.3:80"});
  CHECK(numeric_endpoints("ipc://@x", "") == std::vector<std::string>{"ipc://@x"});
  CHECK_THROWS_WITH(numeric_endpoints("tcp://no-such-machine.invalid:80", ""),
                    Catch::Contains("no-such-machine.invalid"));
}

TEST_CASE("a missing monitor.json says what may be the reason") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(read_monitor_file(folder.path()), Catch::Contains("--monitor 1"));
}

TEST_CASE("damaged and hostile monitor files are refused") {
  const TemporaryFolder folder;
  write_monitor_file(folder / "monitor.json", example());
  const std::string good = read_text(folder / "monitor.json");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  for (const auto& text : {with("\"port\": 41235", "\"port\": 0"), with("\"port\": 41235", "\"port\": 65536"),
                           with("node17", "-oProxyCommand=x"), with("node17", "a b"),
                           with("\"address\": \"127.0.0.1\"", "\"address\": \"x;y\""), with("\"c8", "\"zz"),
                           std::string("[]"), std::string(""), with("scaffold-monitor", "other")}) {
    INFO(text);
    CHECK_THROWS_AS(parse_monitor_file(text, "test"), DataError);
  }
  std::mt19937 random(3);
  for (int round = 0; round < fuzz_rounds(3000); ++round) {
    std::string text = good;
    for (unsigned n = 1 + random() % 3; n-- > 0;) text[random() % text.size()] = static_cast<char>(random());
    try {
      const MonitorFile file = parse_monitor_file(text, "test");
      REQUIRE(is_endpoint(file.endpoint()));
    } catch (const DataError&) {
    }
  }
}

TEST_CASE("endpoints") {
  for (const char* good :
       {"tcp://127.0.0.1:1", "tcp://node-3.cluster:65535", "tcp://[::1]:80", "tcp://[fe80::1%eth0]:80"})
    CHECK(is_endpoint(good));
  for (const char* bad :
       {"", "tcp://", "tcp://:1", "tcp://a:", "tcp://a:0", "tcp://a:65536", "ipc://x", "a:1", "tcp://a b:1",
        "tcp://-x:1", "tcp://a:1x", "tcp://a%b:1", "tcp://[::1%]:1", "tcp://[::1%-x]:1"})
    CHECK_FALSE(is_endpoint(bad));
}
