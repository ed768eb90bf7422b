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

/// Seconds since 1970 when the scheduler (Slurm) will end the job; 0 when it does not say.
std::int64_t job_end_time();

}  // namespace scaffold
