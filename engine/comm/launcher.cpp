#include "comm/launcher.hpp"

#include <cstdlib>

#include "core/text.hpp"

namespace scaffold {

Launch detect_launch() {
  static constexpr struct {
    const char *name, *size, *rank;
  } launchers[] = {
      {"Open MPI", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"},
      {"MPICH", "PMI_SIZE", "PMI_RANK"},
      {"Flux", "FLUX_JOB_SIZE", "FLUX_TASK_RANK"},
  };
  for (const auto& [name, size, rank] : launchers) {
    const char *s = std::getenv(size), *r = std::getenv(rank);
    std::int64_t world = 0, self = 0;
    if (s && r && parse_int(s, world) && parse_int(r, self))
      return {name, static_cast<int>(world), static_cast<int>(self)};
  }
  // Inside a batch script Slurm sets its variables without having started us: only srun sets a step's.
  const char *step = std::getenv("SLURM_STEP_ID"), *tasks = std::getenv("SLURM_STEP_NUM_TASKS"),
             *proc = std::getenv("SLURM_PROCID");
  std::int64_t world = 0, self = 0;
  if (step && tasks && proc && parse_int(tasks, world) && parse_int(proc, self))
    return {"Slurm", static_cast<int>(world), static_cast<int>(self)};
  return {};
}

std::string missing_cores(int cores) {
  // The batch script's variable: a step has it too, even where srun was not told of it and gives one core.
  const char* variable = std::getenv("SLURM_CPUS_PER_TASK");
  std::int64_t asked = 0;
  if (!variable || !parse_int(variable, asked) || asked <= cores) return {};
  return cat("the job asked for ", asked, " cores a rank (--cpus-per-task), and a rank has ", cores,
             ". Since 22.05 srun does not take them over from sbatch: srun --cpus-per-task=", asked,
             " …; under mpirun: --bind-to none");
}

std::int64_t job_end_time() {
  const char* end = std::getenv("SLURM_JOB_END_TIME");
  std::int64_t seconds = 0;
  return end && parse_int(end, seconds) && seconds > 0 ? seconds : 0;
}

}  // namespace scaffold
