#include "core/signals.hpp"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <system_error>
#include <thread>

#include "core/error.hpp"

namespace scaffold::signals {
namespace {

std::atomic<int> requested{0};
static_assert(std::atomic<int>::is_always_lock_free, "the handler may only touch lock-free state");

extern "C" void on_signal(int signal) {
  if (requested.exchange(signal) == SIGINT && signal == SIGINT) _exit(128 + SIGINT);
}

std::atomic<void (*)()> told{nullptr};

void take(const sigset_t& set) {
  for (int signal = 0;;)
    if (sigwait(&set, &signal) == 0) {
      on_signal(signal);
      if (const auto tell = told.load()) tell();
    }
}

}  // namespace

void install() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigset_t set;
  sigemptyset(&set);
  const auto want = [&](int signal) {
    sigaction(signal, &action, nullptr);
    sigaddset(&set, signal);
  };
  for (int signal : {SIGINT, SIGTERM, SIGUSR1}) want(signal);
  // A lost terminal (SIGHUP) is no reason to lose the run, unless nohup said to go on.
  struct sigaction before {};
  if (sigaction(SIGHUP, nullptr, &before) == 0 && before.sa_handler != SIG_IGN) want(SIGHUP);
  ::signal(SIGPIPE, SIG_IGN);

  // No handler may run on a computing thread: the convolutions that oneDNN generates use the stack pointer as
  // one more register, and a handler's frame would be pushed into the tensors that it points to.
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  try {
    std::thread(take, set).detach();
  } catch (const std::system_error&) {  // no thread to be had: rather with handlers than deaf
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  }
}

void tell(void (*listener)()) noexcept { told = listener; }
int pending() noexcept { return requested.load(std::memory_order_relaxed); }
void check() {
  if (const int signal = pending()) throw Interrupted(signal);
}
void reset() noexcept { requested = 0; }

}  // namespace scaffold::signals
