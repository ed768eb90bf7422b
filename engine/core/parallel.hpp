// Data-parallel loops on plain threads. Work items are taken one at a time, so results must not depend on
// order.
#pragma once
#include <cstdint>
#include <functional>

namespace scaffold {

/// Calls body(i) for i in [0, count) on up to `threads` threads (the caller is one of them). The first
/// exception stops the loop and is rethrown; a pending signal stops it with Interrupted.
void parallel_for(std::uint64_t count, int threads, const std::function<void(std::uint64_t)>& body);

/// Threads a process may use: the cores it is bound to and the processor quotas of its cgroups, at least 1.
int available_threads();

}  // namespace scaffold
