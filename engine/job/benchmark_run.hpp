// One run inside a job: what `scaffold benchmark` does once and `scaffold campaign` several times.
#pragma once
#include <functional>

#include "config/arguments.hpp"
#include "core/files.hpp"
#include "job/job_ranks.hpp"

namespace scaffold {

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

}  // namespace scaffold
