// A command on every rank of a job.
#pragma once
#include <functional>

#include "comm/mpi_world.hpp"

namespace scaffold {

/// Runs a command on every rank of a job, or in one process without a launcher. An error that reaches here
/// must be every rank's (collective_try): rank 0 throws it on, the others end with its exit code and say
/// nothing.
int on_all_ranks(const std::function<int(World& world)>& body);

}  // namespace scaffold
