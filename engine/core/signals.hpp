// Signals become a flag that long work polls. A second SIGINT ends the process at once.
#pragma once

namespace scaffold::signals {

/// Catch SIGINT, SIGTERM, SIGUSR1 and SIGHUP (unless it is ignored: nohup) in a thread of its own; this
/// thread and those that it starts block them. Call once, first thing in main.
void install();
/// Calls `listener` from that thread after each signal; for whoever sleeps elsewhere than in our own waits.
void tell(void (*listener)()) noexcept;
/// The signal that asked to stop, or 0.
int pending() noexcept;
/// Throws Interrupted when a signal is pending.
void check();
/// Forget a pending signal (tests).
void reset() noexcept;

}  // namespace scaffold::signals
