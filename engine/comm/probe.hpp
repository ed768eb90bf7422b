// How fast the ranks of a job reach each other, measured.
#pragma once
#include "comm/communicator.hpp"

namespace scaffold {

/// Medians over the rounds of the slowest rank.
struct CommSpeed {
  double latency_seconds = 0;       ///< of a sum of one float64 over all ranks
  double sum_bytes_per_second = 0;  ///< values summed over all ranks, in float32
  /// Sent to each of two neighbors in a ring of ranks, both ways at once, counting what one rank sends.
  double exchange_bytes_per_second = 0;
};

/// `sum_bytes`, `exchange_bytes`: of one message. Ends after about `seconds` on any network. Collective;
/// zeros in a job of one rank.
CommSpeed probe_communication(Communicator& comm, std::int64_t sum_bytes, std::int64_t exchange_bytes,
                              double seconds);

}  // namespace scaffold
