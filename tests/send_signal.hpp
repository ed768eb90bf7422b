// A signal to this process, as from outside.
#pragma once
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "core/signals.hpp"

/// Returns when the thread that takes signals has it (after 10 s in any case).
inline void send_signal(int signal) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  kill(getpid(), signal);
  while (scaffold::signals::pending() == 0 && std::chrono::steady_clock::now() < end)
    std::this_thread::yield();
}
