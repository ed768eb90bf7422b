// What a run begins with, before any data are there: its configuration and, where it continues, its folder
// and checkpoint.
#pragma once
#include <optional>

#include "comm/communicator.hpp"
#include "config/arguments.hpp"
#include "core/error.hpp"
#include "job/checkpoint.hpp"
#include "run/run_folder.hpp"

namespace scaffold {

struct LoadedCheckpoint {
  Checkpoint checkpoint;
  fs::path file;
};

struct RunSetup {
  MergedConfig merged;
  std::optional<RunFolder> folder;         ///< of a restarted run, on rank 0, which holds its lock
  std::optional<LoadedCheckpoint> loaded;  ///< of a restarted run, on every rank
  Config dataset;  ///< what the dataset is made by: a restarted run keeps what it began with
  std::optional<ExitCode> nothing_to_do;
};

/// Every rank by itself, from the same files: rank 0 alone holds the run folder's lock and sets bad
/// checkpoints aside.
RunSetup set_up_run(const BenchmarkArguments& arguments, const Communicator& ranks);

/// Rank 0 finds the checkpoint that can be read and sets bad ones aside; then the others read the same.
/// Collective.
void load_everywhere(RunSetup& setup, const BenchmarkArguments& arguments, Communicator& ranks);

}  // namespace scaffold
