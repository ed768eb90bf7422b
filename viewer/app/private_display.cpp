#include "app/private_display.hpp"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "core/text.hpp"

namespace scaffold::viewer {
namespace {

constexpr int patience_ms = 20000;
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
  auto [ready, write_end] = make_pipe();
  std::string number;
  bool missing = false;
  try {
    server_.emplace(std::vector<std::string>{"Xvfb", "-displayfd", cat(write_end.get()), "-screen", "0",
                                             cat(width, "x", height, "x24"), "-nolisten", "tcp", "+extension",
                                             "GLX", "-noreset"},
                    SubprocessOptions{.kept = write_end.get(), .ends_with_us = SIGTERM});
    write_end = FileDescriptor();
    number = read_number(ready.get());
  } catch (const NoSuchProgram&) {
    missing = true;
  }
  if (number.empty()) {
    server_.reset();
    const char* display = std::getenv("DISPLAY");
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

}  // namespace scaffold::viewer
