// Which runs may be compared with each other: the rules of an official result.
//
// The problem (data, network, target) is fixed; how it is solved is free: learning rates, schedule,
// optimiser, batch size, precision, activation checkpointing, workers, processes, shards and libraries are
// the runner's.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "train/records.hpp"

namespace scaffold {

/// What decides; the defaults are an official run's values.
struct OfficialInputs {
  // The problem: must be exactly these.
  std::int64_t problem_scale = 11, n_categories = 5, n_instances_used_per_fractal = 145, n_fracts_per_vol = 3;
  double val_split = 30;  ///< percent
  std::int64_t seed = 42;
  double variance_threshold = 0.15, normalize = 1;
  std::int64_t unet_bottleneck_dim = 3, group_norm_groups = 8;
  double ce_weight_sample_fraction = 0.1;
  double target_dice = 0.95;  ///< at least this
  // How it was run.
  bool train_seed_fixed = false;      ///< train_seed was given, not drawn
  bool compact_dataset = false;       ///< dataset_format is compact
  bool gradients_compressed = false;  ///< gradient_compression is not none
  bool epochs_cut = false;            ///< max_steps_per_epoch is set
  bool train_from_scratch = true;
  std::int64_t orders_of_watchers = 0;  ///< monitor_control: checkpoints and ends that they ordered
  // How it went.
  RunStatus status = RunStatus::converged;
  std::int64_t restarts = 0;
};

/// Why the run is not official, for people: what is and what it must be. Empty: official.
std::vector<std::string> unofficial_reasons(const OfficialInputs& run);

}  // namespace scaffold
