// A job's ranks, and how an error of one of them ends them all in good order.
//
//   return on_agreeing_ranks([](Ranks& ranks) {
//     ranks.agreed = true;   // from here on all ranks throw alike
//     …
//     ranks.agreed = false;  // training: this rank may fail by itself
//     …
//   });
#pragma once
#include <functional>
#include <string>

#include "comm/alarm.hpp"
#include "comm/mpi_world.hpp"

namespace scaffold {

/// The ranks of a job, and how an error of this one is to be told.
struct Ranks {
  World& world;
  Alarm& alarm;
  bool agreed = false;  ///< what this rank throws now, every rank throws
};

/// Runs `body` on every rank of a job. An error that all ranks know (`agreed`, which the body sets) ends each
/// of them in good order, and rank 0 throws it on; one of this rank alone ends the whole job.
int on_agreeing_ranks(const std::function<int(Ranks& ranks)>& body);

/// Ends the whole job for an error that this rank alone may have: rank 0 says which rank, on which host, and
/// why, once for all that fail for one reason.
[[noreturn]] void fail_alone(World& world, Alarm& alarm, const std::string& message, int code);
/// What the alarm does: `why` begins with the rank's host.
[[noreturn]] void end_job(World& world, int rank, int code, const std::string& why);

}  // namespace scaffold
