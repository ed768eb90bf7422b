// Checkpoints: one HDF5 file that holds everything to continue a run exactly. Format: docs/formats.md.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/files.hpp"
#include "nn/optimizer.hpp"
#include "run/checkpoint_kind.hpp"
#include "run/records.hpp"
#include "workload/task.hpp"
#include "workload/workload.hpp"

namespace scaffold {

/// Where training stands. Sums belong to the epoch in progress, so that a resumed epoch reports what an
/// uninterrupted one would.
struct TrainState {
  std::int64_t epoch = 1;  ///< in progress, 1-based; its predecessors are complete
  std::int64_t step = 0;   ///< optimizer steps done in it
  std::int64_t total_steps = 0;
  std::uint64_t train_seed = 0;
  double best_score = -1;
  std::int64_t best_epoch = 0;
  double best_saved_score = -1;  ///< of the best.h5 that belongs to this file; CheckpointWriter knows it
  double loss_sum = 0, metric_sum = 0, gradient_norm_sum = 0, seconds = 0;
  std::int64_t samples = 0;
  std::int64_t restarts = 0;  ///< sessions before this one
  PhaseSeconds phases;
};

/// A checkpoint in memory, independent of the network it was taken from.
struct Checkpoint {
  TrainState state;
  std::string workload = default_workload().name();
  NetworkSizes network;
  std::int64_t global_batch = 1;  ///< samples of an optimizer step, over all replicas
  std::string config_yaml, dataset_hash, optimizer, commit;
  std::vector<std::pair<std::string, at::Tensor>> model;  ///< float32, contiguous, CPU
  struct Slot {
    std::string name;
    std::vector<std::pair<std::string, at::Tensor>> value;
  };
  std::vector<Slot> slots;
  std::vector<EpochRecord> epochs;  ///< the complete ones; only the columns of train_stats.csv
};

/// Copies parameters and optimizer state to the host, so that training can go on while they are written.
void capture(Checkpoint& into, const Network& network, const Optimizer& optimizer);
/// Parameters only.
void capture(Checkpoint& into, const Network& network);
/// The reverse; names and shapes must be the same (DataError naming the first that is not).
void restore(const Checkpoint& from, Network& network, Optimizer& optimizer, const fs::path& name);
/// Parameters only.
void restore(const Checkpoint& from, Network& network, const fs::path& name);

/// Writes beside, syncs, renames. Returns the file's bytes.
std::uint64_t write_checkpoint(const fs::path& path, const Checkpoint& checkpoint);
/// DataError for anything but a whole, sound checkpoint of this or an older version.
Checkpoint read_checkpoint(const fs::path& path, bool with_optimizer = true);
/// Score of the last epoch that a checkpoint holds, from its metadata alone; nothing when it holds none.
/// DataError as above.
std::optional<double> last_score(const fs::path& path);

}  // namespace scaffold
