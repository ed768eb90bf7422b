#include "child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/signals.hpp"
#include "core/text.hpp"

extern char** environ;

namespace scaffold {
namespace {

constexpr double patience = 30;  // seconds until a child that was told to end is killed

/// What posix_spawn takes, freed in the end.
struct SpawnSetup {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  SpawnSetup() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
};

pid_t spawn_into(const std::vector<std::string>& argv, const std::filesystem::path& log) {
  SpawnSetup setup;
  posix_spawn_file_actions_addopen(&setup.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&setup.actions, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                   0644);
  posix_spawn_file_actions_adddup2(&setup.actions, STDOUT_FILENO, STDERR_FILENO);
  // A group of its own: a Ctrl-C of the terminal reaches it once, through us. SIGPIPE, which we ignore, is
  // the child's own business.
  sigset_t as_usual;
  sigemptyset(&as_usual);
  sigaddset(&as_usual, SIGPIPE);
  posix_spawnattr_setsigdefault(&setup.attributes, &as_usual);
  sigset_t nothing;  // is blocked there, unlike here (core/signals)
  sigemptyset(&nothing);
  posix_spawnattr_setsigmask(&setup.attributes, &nothing);
  posix_spawnattr_setpgroup(&setup.attributes, 0);
  posix_spawnattr_setflags(&setup.attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  std::vector<char*> words;
  for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_t child = 0;
  const int error = posix_spawnp(&child, words[0], &setup.actions, &setup.attributes, words.data(), environ);
  if (error != 0)
    throw SystemError(
        cat("cannot start '", argv[0], "' with its output in '", log.string(), "': ", std::strerror(error)));
  return child;
}

}  // namespace

std::filesystem::path find_program(const std::string& name) {
  const auto runs = [](const std::filesystem::path& path) {
    return std::filesystem::is_regular_file(path) && ::access(path.c_str(), X_OK) == 0;
  };
  if (name.find('/') != name.npos) return runs(name) ? std::filesystem::path(name) : std::filesystem::path();
  const char* path = std::getenv("PATH");
  for (const auto& folder : split(path ? path : "/bin:/usr/bin", ':'))
    if (const auto file = std::filesystem::path(folder) / name; runs(file)) return file;
  return {};
}

ChildResult run_child(const std::vector<std::string>& argv, const std::filesystem::path& log) {
  const pid_t child = spawn_into(argv, log);
  ChildResult result;
  Stopwatch since_told;
  for (bool killed = false;;) {
    int status = 0;
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended < 0 && errno != EINTR)
      throw SystemError(cat("lost sight of '", argv[0], "': ", std::strerror(errno)));
    if (ended == child) {
      result.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      return result;
    }
    if (signals::pending() && !result.stopped) {
      result.stopped = true;
      since_told.restart();
      ::kill(child, SIGTERM);
    } else if (result.stopped && !killed && since_told.seconds() > patience) {
      killed = true;
      ::kill(-child, SIGKILL);
    }
    // A signal does not end waitpid (handlers restart it), so both are looked at in turn.
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace scaffold
