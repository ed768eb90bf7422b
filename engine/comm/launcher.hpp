// What the job launcher says about this process (Open MPI, Slurm, Flux), read from its environment variables.
#pragma once
#include <cstdint>
#include <string>

namespace scaffold {

struct Launch {
  std::string launcher;  ///< "Open MPI", "Slurm", "Flux"; empty without one
  int world = 1;         ///< processes started together
  int rank = 0;
};
Launch detect_launch();

/// What is wrong and what to do where a rank has fewer cores than the job asked its scheduler for (Slurm's
/// --cpus-per-task); empty where it has them, or the scheduler does not say.
std::string missing_cores(int cores);

/// Seconds since 1970 when the scheduler (Slurm) will end the job; 0 when it does not say.
std::int64_t job_end_time();

}  // namespace scaffold
