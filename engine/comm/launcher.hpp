// What the job launcher says about this process (Open MPI, Slurm, Flux), read from its environment variables.
#pragma once
#include <string>

namespace scaffold {

struct Launch {
  std::string launcher;  ///< "Open MPI", "Slurm", "Flux"; empty without one
  int world = 1;         ///< processes started together
  int rank = 0;
};
Launch detect_launch();

}  // namespace scaffold
