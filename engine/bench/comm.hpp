// The ranks of a job against a copy in memory, for `scaffold bench comm`.
#pragma once
#include "bench/harness.hpp"
#include "comm/communicator.hpp"

namespace scaffold {

/// Latency of a sum, then sums of float32 and exchanges of halos with the neighbors in a ring of ranks, each
/// against memcpy of as many bytes by every rank at once; seconds are this rank's. Of `seconds` a comparison.
/// Collective. ConfigError in a job of one rank.
bench::Report bench_communication(Communicator& comm, double seconds);

}  // namespace scaffold
