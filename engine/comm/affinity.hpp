// Which cores a rank computes on.
#pragma once
#include "comm/communicator.hpp"

namespace scaffold {

/// Cores of this rank: its own where the launcher has pinned it, else an equal share of those that it shares
/// with other ranks of its machine (at least 1). Where there are cores enough, the calling thread and those
/// it starts later are pinned to that share. Collective.
int claim_cores(Communicator& ranks);

}  // namespace scaffold
