#include "fractal_unet/commands/paused_watcher.hpp"

#include <signal.h>
#include <sys/wait.h>

#include "core/system.hpp"

namespace scaffold {

PausedWatcher::PausedWatcher(const fs::path& run)
    : child_({program_path().string(), "watch", run.string(), "--json"}, {.ends_with_us = SIGKILL}) {}

PausedWatcher::~PausedWatcher() {
  child_.signal(SIGTERM);  // it removes the folder that it keeps its copy in
  go_on();
  child_.wait();
}

void PausedWatcher::pause() {
  child_.signal(SIGSTOP);
  siginfo_t told{};
  ::waitid(P_PID, static_cast<id_t>(child_.pid()), &told, WSTOPPED | WEXITED | WNOWAIT);  // until it has
}

void PausedWatcher::go_on() { child_.signal(SIGCONT); }

}  // namespace scaffold
