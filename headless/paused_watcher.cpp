#include "paused_watcher.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.hpp"

namespace scaffold {

PausedWatcher::PausedWatcher(const fs::path& run) {
  child_ = ::fork();
  if (child_ < 0) throw_errno("start", "a watcher");
  if (child_ > 0) return;
  // Nothing but system calls from here on: other threads may have held locks.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int null = ::open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, fd);
  ::execl("/proc/self/exe", "scaffold", "watch", run.c_str(), "--json", static_cast<char*>(nullptr));
  ::_exit(127);
}

PausedWatcher::~PausedWatcher() {
  ::kill(child_, SIGTERM);  // it removes the folder that it keeps its copy in
  go_on();
  ::waitpid(child_, nullptr, 0);
}

void PausedWatcher::pause() const {
  ::kill(child_, SIGSTOP);
  siginfo_t told{};
  ::waitid(P_PID, static_cast<id_t>(child_), &told, WSTOPPED | WEXITED | WNOWAIT);  // until it has stopped
}

void PausedWatcher::go_on() const { ::kill(child_, SIGCONT); }

}  // namespace scaffold
