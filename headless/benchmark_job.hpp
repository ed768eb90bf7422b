// One run inside a job: what `scaffold benchmark` does once and `scaffold campaign` several times.
#pragma once
#include <functional>

#include "comm/alarm.hpp"
#include "comm/mpi_world.hpp"
#include "core/files.hpp"
#include "torch_commands.hpp"

namespace scaffold {

/// The ranks of a job, and how an error of this one is to be told.
struct Ranks {
  World& world;
  Alarm& alarm;
  bool agreed = false;  ///< what this rank throws now, every rank throws
};

/// How a run among others differs from a job of its own.
struct RunPart {
  bool make_library = false;              ///< where there is none that can be used
  int cores = 0;                          ///< of this rank, claimed before; 0: they are claimed here
  std::function<void()> on_checked = {};  ///< every rank: nothing is known to be in the way
  std::function<void(const fs::path&)> on_folder = {};  ///< rank 0 hears of the new run's folder
};

/// Dataset, warm-up, training, report. Returns the exit code, on every rank the same. Sets `ranks.agreed` as
/// it goes. Collective.
int run_once(const BenchmarkArguments& arguments, const RunPart& part, Ranks& ranks);

/// Runs `body` on every rank of a job. An error that all ranks know (`agreed`, which the body sets) ends each
/// of them in good order, and rank 0 throws it on; one of this rank alone ends the whole job.
int on_agreeing_ranks(const std::function<int(Ranks& ranks)>& body);

}  // namespace scaffold
