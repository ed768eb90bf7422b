#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "catch.hpp"
#include "core/clock.hpp"
#include "core/subprocess.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;

namespace {

std::string read_all(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t n = 0; (n = ::read(fd, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(n));
  return text;
}

std::string output_of(const std::vector<std::string>& argv) {
  auto [read, write] = make_pipe();
  Subprocess child(argv, {.out = write.get()});
  write = FileDescriptor();
  const std::string text = read_all(read.get());
  child.wait();
  return text;
}

}  // namespace

TEST_CASE("a program's arguments are its own, and its streams those that it was given") {
  CHECK(output_of({"printf", "%s|", "a b", "", "$HOME", "'\"\\"}) == "a b||$HOME|'\"\\|");
  CHECK(output_of({"cat"}).empty());  // nothing to read
  auto [read, write] = make_pipe();
  Subprocess child({"sh", "-c", "echo told >&2; echo lost"}, {.error = write.get()});
  write = FileDescriptor();
  CHECK(read_all(read.get()) == "told\n");
}

TEST_CASE("a program's end is told as a shell tells it") {
  CHECK(Subprocess({"sh", "-c", "exit 7"}).wait() == 7);
  CHECK(Subprocess({"sh", "-c", "kill -9 $$"}).wait() == 137);
  Subprocess sleeper({"sleep", "100"});
  CHECK_FALSE(sleeper.poll());
  sleeper.signal(SIGTERM);
  CHECK(sleeper.wait() == 143);
  CHECK(sleeper.poll().value() == 143);
  sleeper.signal(SIGTERM);  // to nobody
}

TEST_CASE("a program that is not there is said at once, with its name") {
  CHECK_THROWS_WITH(Subprocess({"no-such-program-here"}), Catch::Contains("no-such-program-here"));
  CHECK_THROWS_AS(Subprocess({"/etc/passwd"}), NoSuchProgram);
  CHECK(find_program("no-such-program-here").empty());
  CHECK(find_program("sh").is_absolute());
}

TEST_CASE("a program does not outlive its object, also one that will not hear") {
  auto [read, write] = make_pipe();
  const Stopwatch clock;
  {
    Subprocess deaf({"sh", "-c", "trap '' TERM; echo on; while :; do sleep 0.1; done"}, {.out = write.get()});
    write = FileDescriptor();
    char c = 0;
    REQUIRE(::read(read.get(), &c, 1) == 1);  // it hears nothing from here on
  }
  CHECK(clock.seconds() < 20);
  CHECK(read_all(read.get()).find("on") == std::string::npos);  // its streams are closed: it is gone
}

TEST_CASE("a signal that we block, and SIGPIPE that we ignore, are a program's own business") {
  struct sigaction before;
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &before);
  sigset_t all, old;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &old);
  CHECK(output_of({"grep", "^SigBlk", "/proc/self/status"}) == "SigBlk:\t0000000000000000\n");
  const std::string ignored = output_of({"grep", "^SigIgn", "/proc/self/status"});
  CHECK((std::stoull(ignored.substr(8), nullptr, 16) >> (SIGPIPE - 1) & 1) == 0);
  ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
  ::sigaction(SIGPIPE, &before, nullptr);
}
