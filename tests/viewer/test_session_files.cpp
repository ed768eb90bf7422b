// What is written of a session and of a user's doing can be read again, whatever bytes it holds.

#include "app/player.hpp"
#include "app/recorder.hpp"
#include "app/session.hpp"
#include "catch.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;
using namespace scaffold::viewer;

namespace {

/// In a folder that goes with the program: cases of one program run beside each other.
fs::path scratch(const std::string& name) {
  static const TemporaryFolder folder;
  return folder / name;
}

}  // namespace

TEST_CASE("a session with a path that is no UTF-8 is written") {
  const std::string text =
      session_text({{"open", {{{"path", "/data/\xff\xfe/run"}}}}, {"recent", {"/caf\xe9"}}});
  const auto again = nlohmann::json::parse(text);
  CHECK(again["open"].size() == 1);
  CHECK(again["recent"].size() == 1);
  CHECK(session_text({{"path", "/café"}}).find("/café") != std::string::npos);
}

TEST_CASE("typed characters do not begin a comment or end a word of a recording") {
  const fs::path file = scratch("recording.script");
  {
    Recorder recorder(file, {800, 600});
    Input input;
    input.text = "#  \"\\a";
    recorder.add(input);
  }
  const std::string text = read_text(file);
  const auto from = text.find("chars ");
  REQUIRE(from != std::string::npos);
  const std::string word = text.substr(from + 6, text.find('\n', from) - from - 6);
  CHECK(word.find_first_of("# \t") == std::string::npos);
  CHECK(nlohmann::json::parse(word) == "#  \"\\a");
}

TEST_CASE("the size of a script, and where it stands") {
  const fs::path file = scratch("size.script");
  const auto size = [&](const std::string& text) {
    write_atomic(file, text);
    return size_of_script(file);
  };
  CHECK(size("# large\n\nsize 640x480 # or so\nwait\n").text == "640x480");
  CHECK(size("# large\n\nsize 640x480\n").where == file.string() + ":3");
  CHECK(size("size\n").text.empty());
  CHECK(size("size\n").where == file.string() + ":1");
  CHECK(size("wait\nsize 640x480\n").where.empty());
  CHECK(size("").where.empty());
}
