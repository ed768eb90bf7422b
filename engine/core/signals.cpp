#include "core/signals.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>

#include "core/error.hpp"

namespace scaffold::signals {
namespace {

std::atomic<int> requested{0};
static_assert(std::atomic<int>::is_always_lock_free, "the handler may only touch lock-free state");

extern "C" void on_signal(int signal) {
  if (requested.exchange(signal) == SIGINT && signal == SIGINT) _exit(128 + SIGINT);
}

}  // namespace

void install() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  for (int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaction(signal, &action, nullptr);
  // A lost terminal (SIGHUP) is no reason to lose the run, unless nohup said to go on.
  struct sigaction before {};
  if (sigaction(SIGHUP, nullptr, &before) == 0 && before.sa_handler != SIG_IGN)
    sigaction(SIGHUP, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

int pending() noexcept { return requested.load(std::memory_order_relaxed); }
void check() {
  if (const int signal = pending()) throw Interrupted(signal);
}
void reset() noexcept { requested = 0; }

}  // namespace scaffold::signals
