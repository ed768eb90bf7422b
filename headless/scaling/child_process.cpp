#include "headless/scaling/child_process.hpp"

#include <fcntl.h>
#include <signal.h>

#include <chrono>
#include <thread>

#include "core/clock.hpp"
#include "core/signals.hpp"
#include "core/subprocess.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {
constexpr double patience = 30;  // seconds until a child that was told to end is killed
}

ChildResult run_child(const std::vector<std::string>& argv, const std::filesystem::path& log) {
  const FileDescriptor output(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!output) throw_errno("write the output of a program to", log.string());
  // A group of its own: a Ctrl-C of the terminal reaches it once, through us.
  Subprocess child(argv, {.out = output.get(), .error = output.get(), .own_group = true});
  ChildResult result;
  Stopwatch since_told;
  for (bool killed = false;;) {
    if (const auto code = child.poll()) {
      result.code = *code;
      return result;
    }
    if (signals::pending() && !result.stopped) {
      result.stopped = true;
      since_told.restart();
      child.signal(SIGTERM);
    } else if (result.stopped && !killed && since_told.seconds() > patience) {
      killed = true;
      child.signal(SIGKILL, true);
    }
    // A signal does not end waitpid (handlers restart it), so both are looked at in turn.
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace scaffold
