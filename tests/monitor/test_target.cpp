// What a user may mean by what is to be watched.
#include <fstream>

#include "catch.hpp"
#include "core/error.hpp"
#include "monitor/target.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;
using namespace scaffold::monitor;

namespace {

std::string refusal(const Target& target) {
  try {
    route_to(target);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("what cannot be watched is refused before anything is tried") {
  const TemporaryFolder folder;
  const std::string file = folder / "notes.txt";
  std::ofstream(file) << "x";
  const auto says = [](const Target& target, const std::string& part) {
    const std::string text = refusal(target);
    INFO(text);
    CHECK(text.find(part) != std::string::npos);
  };
  says({""}, "missing");
  says({"tcp://host:99999", "key"}, "tcp://HOST:PORT");
  says({"http://host:80", "key"}, "tcp://HOST:PORT");
  says({"run", "", "", "host:80"}, "tcp://HOST:PORT");
  says({"tcp://host:80"}, "--key");
  says({"tcp://host:80", "key", "", "tcp://host:81"}, "twice");
  says({"tcp://host:80", "key", "user@login"}, "folder");
  says({"run", "key", "user@login"}, "neither");
  says({"run", "", "-oProxyCommand=x"}, "login");
  says({file}, "neither a run folder");
}

TEST_CASE("what can be watched is, and its folder is known where it is here") {
  for (const Target& target : {Target{"run"}, Target{"tcp://host:80", "key"}, Target{"run", "key"},
                               Target{"run", "", "", "tcp://host:80"}, Target{"run", "", "user@login"}})
    CHECK(refusal(target).empty());
  CHECK(Target{"/a/run"}.local_folder() == "/a/run");
  CHECK(Target{"/a/run/"}.local_folder() == "/a/run");
  CHECK(Target{"/a/b/../run/monitor.json"}.local_folder() == "/a/run");
  CHECK(Target{"run"}.local_folder() == fs::current_path() / "run");
  CHECK(Target{"tcp://host:80", "key"}.local_folder().empty());
  CHECK(Target{"run", "", "user@login"}.local_folder().empty());
}
