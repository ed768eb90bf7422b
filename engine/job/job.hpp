// The processes that run together, and what each has of the machine.
#pragma once
#include <algorithm>
#include <cstdint>

#include "comm/alarm.hpp"
#include "comm/mpi_world.hpp"
#include "config/config.hpp"
#include "core/files.hpp"
#include "data/node_copy.hpp"
#include "parallel/parallel_context.hpp"

namespace scaffold {

struct Job {
  World& world;
  Alarm& alarm;
  ParallelContext& parallel;
  int cores = 1;        ///< of this rank
  fs::path trace = {};  ///< folder for traces; empty: none
  std::int64_t trace_steps = 0;
  const NodeCopy* staged = nullptr;  ///< what is read in place of the dataset

  /// More threads than cores only wait for each other.
  int training_threads(const Config& config) const { return std::min(threads(config, cores), cores); }
};

}  // namespace scaffold
