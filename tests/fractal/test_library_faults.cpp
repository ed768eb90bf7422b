#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <random>

#include "catch.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/signals.hpp"
#include "fuzz.hpp"
#include "library_folder.hpp"
#include "send_signal.hpp"

using namespace scaffold;

namespace {

/// Runs body in a child; its exit status as waitpid() gives it. An error ends the child with its exit code.
template <class Body>
int in_child(Body body) {
  const pid_t child = fork();
  if (child == 0) {
    int code = 0;
    try {
      body();
    } catch (const Error& error) {
      code = static_cast<int>(error.code());
    } catch (...) {
      code = 99;
    }
    _exit(code);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return status;
}

/// SIGKILL to this process after so many microseconds.
void arm(long microseconds) {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGKILL;
  timer_t timer{};
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) _exit(98);
  itimerspec when{};
  when.it_value = {microseconds / 1000000, microseconds % 1000000 * 1000 + 1};
  if (timer_settime(timer, 0, &when, nullptr) != 0) _exit(98);
}

std::string message(const LibrarySpec& spec, int n) {
  try {
    load_library(spec, n);
  } catch (const DataError& error) {
    return error.what();
  }
  return "loaded";
}

}  // namespace

TEST_CASE("killed at any moment and run again gives the same library") {
  const QuietLog quiet;
  const TemporaryFolder undisturbed;
  generate_library(small_spec(undisturbed, 4096), 12, 2);
  const auto wanted = contents(undisturbed.path());
  std::mt19937 random(7);
  int killed = 0;
  for (int round = 0; round < 6; ++round) {
    const TemporaryFolder folder;
    const LibrarySpec spec = small_spec(folder, 4096);
    for (int life = 0; life < 12; ++life) {
      const long moment = static_cast<long>(random() % 25000);
      const int status = in_child([&] {
        arm(moment);
        generate_library(spec, 12, 2);
      });
      if (WIFEXITED(status)) {
        REQUIRE(WEXITSTATUS(status) == 0);
        break;
      }
      REQUIRE(WTERMSIG(status) == SIGKILL);
      ++killed;
    }
    generate_library(spec, 12, 2);
    REQUIRE(contents(folder.path()) == wanted);
  }
  CHECK(killed > 5);
}

TEST_CASE("two generators at once make one library") {
  const QuietLog quiet;
  const TemporaryFolder alone, shared;
  generate_library(small_spec(alone, 2048), 10, 1);
  const pid_t other = fork();
  if (other == 0) {
    try {
      generate_library(small_spec(shared, 2048), 10, 2);
      _exit(0);
    } catch (...) {
      _exit(1);
    }
  }
  generate_library(small_spec(shared, 2048), 10, 2);
  int status = -1;
  REQUIRE(waitpid(other, &status, 0) == other);
  CHECK(status == 0);
  CHECK(contents(shared.path()) == contents(alone.path()));
}

TEST_CASE("a generator waits while another holds the lock and can be interrupted") {
  const QuietLog quiet;
  const TemporaryFolder folder;
  const LibrarySpec spec = small_spec(folder);
  fs::create_directories(spec.folder());
  const auto lock = FileLock::try_acquire(spec.folder() / ".lock");
  REQUIRE(lock);
  const int status = in_child([&] {
    signals::install();
    send_signal(SIGTERM);
    try {
      generate_library(spec, 2, 1);
    } catch (const Interrupted& stop) {
      _exit(stop.signal());
    }
  });
  CHECK(WEXITSTATUS(status) == SIGTERM);
  CHECK(contents(folder.path()).empty());
}

TEST_CASE("settings that cannot give a library are refused before the search") {
  const TemporaryFolder folder;
  LibrarySpec spec = small_spec(folder);
  CHECK_THROWS_AS(generate_library(spec, 0, 1), ConfigError);
  CHECK_THROWS_AS(generate_library(spec, 1000001, 1), ConfigError);
  CHECK_THROWS_AS(load_library(spec, 0), ConfigError);
  spec.variance_threshold = 1;
  CHECK_THROWS_WITH(generate_library(spec, 1, 1), Catch::Contains("can never be exceeded"));
  spec.variance_threshold = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(generate_library(spec, 1, 1), ConfigError);
  spec = small_spec(folder, 1);
  CHECK_THROWS_WITH(generate_library(spec, 1, 1), Catch::Contains("problem_scale 3"));
  spec = small_spec(folder);
  spec.normalize = 0;
  CHECK_THROWS_AS(generate_library(spec, 1, 1), ConfigError);
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("a folder that cannot be written and a full disk are clear errors") {
  const QuietLog quiet;
  const TemporaryFolder folder;
  LibrarySpec spec = small_spec(folder);
  write_text(folder / "var0.15", "a file where the folder belongs");
  CHECK_THROWS_AS(generate_library(spec, 1, 1), SystemError);
  fs::remove(folder / "var0.15");
  const int status = in_child([&] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100, 100};  // every write beyond 100 bytes fails, as on a full disk
    setrlimit(RLIMIT_FSIZE, &limit);
    generate_library(spec, 3, 1);
  });
  CHECK(WEXITSTATUS(status) == static_cast<int>(ExitCode::internal));
  CHECK(contents(folder.path()).empty());  // nothing half-written is left
  generate_library(spec, 3, 1);
  CHECK(load_library(spec, 3).categories.size() == 3);
}

TEST_CASE("what is missing is named together with the command that makes it") {
  const QuietLog quiet;
  const TemporaryFolder folder;
  const LibrarySpec spec = small_spec(folder);
  using Catch::Contains;
  CHECK_THAT(message(spec, 3), Contains("does not exist") && Contains("scaffold generate_fractals"));
  generate_library(spec, 3, 1);
  CHECK_THAT(message(spec, 5), Contains("lacks categories 3, 4 of the 5"));
  fs::remove(spec.folder() / "000001.csv");
  CHECK_THAT(message(spec, 3),
             Contains("lacks categories 1 of the 3") && Contains("scaffold generate_fractals"));
}

TEST_CASE("a category that was changed is found out and never overwritten") {
  const QuietLog quiet;
  const TemporaryFolder folder;
  const LibrarySpec spec = small_spec(folder);
  generate_library(spec, 3, 1);
  const fs::path file = spec.folder() / "000001.csv";
  const std::string other = to_csv(candidate_ifs(1, 1));
  using Catch::Contains;
  for (const std::string& text : {other, std::string("garbage"), std::string(), std::string(70000, '1')}) {
    write_text(file, text);
    CHECK_THAT(message(spec, 3), Contains("000001.csv"));
    CHECK_THROWS_AS(generate_library(spec, 3, 1), DataError);
    CHECK_THROWS_AS(generate_library(spec, 5, 1), DataError);
    CHECK(read_text(file) == text);
  }
  fs::remove(file);
  fs::create_directory(file);
  CHECK_THAT(message(spec, 3), Contains("is a folder"));
  fs::remove(file);
  generate_library(spec, 3, 1);
  CHECK(message(spec, 3) == "loaded");
  // Without the record nobody knows better, until a search comes by.
  write_text(file, other);
  fs::remove(spec.folder() / "library.json");
  CHECK(message(spec, 3) == "loaded");
  CHECK_THROWS_WITH(generate_library(spec, 3, 1), Contains("another fractal"));
}

TEST_CASE("a foreign, newer, damaged or contradictory library.json is refused") {
  const QuietLog quiet;
  const TemporaryFolder folder;
  const LibrarySpec spec = small_spec(folder);
  generate_library(spec, 3, 1);
  const fs::path file = spec.folder() / "library.json";
  const std::string good = read_text(file);
  using Catch::Contains;
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const auto at = text.find(from);
    REQUIRE(at != text.npos);
    write_text(file, text.replace(at, from.size(), to));
    CHECK_THROWS_AS(generate_library(spec, 3, 1), DataError);
    return message(spec, 3);
  };
  CHECK_THAT(with("\"version\": 1", "\"version\": 2"), Contains("version 2") && Contains("newer scaffold"));
  CHECK_THAT(with("\"version\": 1", "\"version\": 0"), Contains("version 0"));
  CHECK_THAT(with("scaffold fractal library", "something else"), Contains("not written by scaffold"));
  CHECK_THAT(with("\"seed\": 42", "\"seed\": 43"), Contains("made with seed 43, not 42"));
  CHECK_THAT(with("\"points\": 512", "\"points\": 513"), Contains("points 513"));
  CHECK_THAT(with("\"normalize\": 1.0", "\"normalize\": 2.0"), Contains("normalize 2, not 1"));
  CHECK_THAT(with("0.15", "0.16"), Contains("variance_threshold 0.16"));
  CHECK_THAT(with("\"accepted\": 3", "\"accepted\": 4"), Contains("do not add up"));
  CHECK_THAT(with("\"accepted\": 3", "\"accepted\": -3"), Contains("accepted"));
  CHECK_THAT(with("\"flat\": 0", "\"flat\": 18446744073709551615"), Contains("do not add up"));
  CHECK_THAT(with("\"attempts\": [", "\"attempts\": [7777,"), Contains("out of order"));
  CHECK_THAT(with("\"attempts\": [", "\"attempts\": [\"x\","), Contains("attempts"));
  CHECK_THAT(with("\"statistics\": {", "\"statistics\": 3, \"x\": {"), Contains("statistics"));
  CHECK_THAT(with("\"seed\"", "\"sead\""), Contains("lacks the key 'seed'"));
  CHECK_THAT(with("{", ""), Contains("not a JSON object"));
}

TEST_CASE("mutated library.json files load or give a DataError and nothing else") {
  const QuietLog quiet;
  const TemporaryFolder folder;
  const LibrarySpec spec = small_spec(folder);
  generate_library(spec, 3, 1);
  const fs::path file = spec.folder() / "library.json";
  const std::string good = read_text(file);
  std::mt19937_64 random(99);
  int loaded = 0, refused = 0;
  for (int i = 0; i < fuzz_rounds(600); ++i) {
    std::string text = good;
    const auto any = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    for (auto edits = 1 + any(3); edits > 0 && !text.empty(); --edits) switch (any(4)) {
        case 0:
          text[any(text.size())] = static_cast<char>(random());
          break;
        case 1:
          text.erase(any(text.size()), any(30));
          break;
        case 2:
          text.insert(any(text.size()), std::string(1 + any(50), "[{\"0-e"[any(6)]));
          break;
        case 3:
          text.resize(any(text.size()));
          break;
      }
    write_text(file, text);
    (message(spec, 3) == "loaded" ? loaded : refused)++;
  }
  write_text(file, std::string(2000000, '['));
  CHECK(message(spec, 3) != "loaded");
  CHECK(refused > 200);
  CHECK(loaded + refused == 600);
}
