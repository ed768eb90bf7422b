#include "app/private_display.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"

namespace scaffold::viewer {
namespace {

constexpr int patience_ms = 20000;
constexpr int no_such_program = 127;  // as a shell has it

[[noreturn]] void become_server(int ready, const std::string& screen) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  sigset_t nothing;
  sigemptyset(&nothing);
  sigprocmask(SIG_SETMASK, &nothing, nullptr);
  signal(SIGUSR1, SIG_DFL);
  const int null = open("/dev/null", O_RDWR);
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(null, fd);
  fcntl(ready, F_SETFD, 0);
  const std::string fd = std::to_string(ready);
  execlp("Xvfb", "Xvfb", "-displayfd", fd.c_str(), "-screen", "0", screen.c_str(), "-nolisten", "tcp",
         "+extension", "GLX", "-noreset", static_cast<char*>(nullptr));
  _exit(no_such_program);
}

/// The number that the server writes when it takes connections; empty when it died or is late.
std::string read_number(int ready) {
  std::string number;
  for (char c = 0;;) {
    pollfd wait{ready, POLLIN, 0};
    if (poll(&wait, 1, patience_ms) <= 0 || read(ready, &c, 1) != 1) return {};
    if (c == '\n') return number;
    number += c;
  }
}

}  // namespace

PrivateDisplay::PrivateDisplay(int width, int height) {
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) throw_errno("make", "a pipe");
  const FileDescriptor ready(pipe_ends[0]);
  FileDescriptor write_end(pipe_ends[1]);
  const std::string screen = cat(width, "x", height, "x24");
  server_ = fork();
  if (server_ < 0) throw_errno("start", "Xvfb");
  if (server_ == 0) become_server(write_end.get(), screen);
  write_end = FileDescriptor();
  const std::string number = read_number(ready.get());
  if (number.empty()) {
    kill(server_, SIGKILL);
    int status = 0;
    waitpid(server_, &status, 0);
    const char* display = std::getenv("DISPLAY");
    const bool missing = WIFEXITED(status) && WEXITSTATUS(status) == no_such_program;
    throw SystemError(cat(
        "there is no screen to draw on: ",
        display && *display ? cat("DISPLAY=", display, " does not serve") : std::string("DISPLAY is not set"),
        ", and Xvfb, which would stand in for it, ",
        missing
            ? "is not installed; install it (Debian, Ubuntu: xvfb; Fedora, RHEL: xorg-x11-server-Xvfb), or "
            : "does not start; see what 'Xvfb :99' says, or ",
        "set DISPLAY to an X server that runs, as 'ssh -X' does"));
  }
  setenv("DISPLAY", cat(":", number).c_str(), 1);
}

PrivateDisplay::~PrivateDisplay() {
  kill(server_, SIGTERM);
  int status = 0;
  waitpid(server_, &status, 0);
}

}  // namespace scaffold::viewer
