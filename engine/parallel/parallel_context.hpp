// The ranks that train together: who is who, and a communicator for each purpose.
#pragma once
#include <c10/core/Device.h>

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <utility>

#include "comm/communicator.hpp"
#include "comm/process_grid.hpp"
#include "parallel/backend.hpp"
#include "parallel/sharding.hpp"

namespace scaffold {

class ParallelContext {
 public:
  /// A job of one rank, which needs nothing of all this.
  ParallelContext();
  /// Collective over `world`, which must outlive this object. ConfigError when the shards do not divide it,
  /// CommError when the ranks' GPUs cannot reach each other.
  ParallelContext(Communicator& world, const Extent3& shards, const at::Device& device = at::kCPU);
  ~ParallelContext();

  const ProcessGrid& grid() const { return grid_; }
  bool single_rank() const { return grid_.world() == 1; }
  /// Whether this rank speaks for all: writes files, shows progress.
  bool is_root() const { return grid_.rank() == 0; }
  /// Of all ranks: flags, sums and hashes at step and epoch ends, by the training thread.
  Communicator& control() { return *control_; }
  using Group = Backend::Group;
  /// Of all ranks, for gradients only; null in a job of one rank.
  const Group& gradients() const { return gradient_group_; }
  /// values summed over the replicas: every shard of a replica holds the same ones. Collective.
  void sum_over_replicas(std::span<double> values);

  /// A small sum over all ranks that flies while the caller computes: has anyone got a signal, or a loss that
  /// is not finite?
  class StatusReduce {
   public:
    /// The strongest signal that any rank has (SIGTERM, SIGINT, SIGUSR1, SIGHUP), or 0.
    int signal();
    bool any_failed();

   private:
    friend class ParallelContext;
    explicit StatusReduce(ParallelContext& parallel) : parallel_(parallel) {}
    void finish();
    ParallelContext& parallel_;
    std::shared_ptr<std::array<std::int64_t, 7>> counts_;
    RequestPtr request_;
  };
  std::unique_ptr<StatusReduce> status_reduce(bool failed = false);

  /// What somebody who watches has ordered, as bits; every rank hears it with an agreement.
  enum Command : unsigned { checkpoint_now = 1, stop_after_epoch = 2 };
  /// Rank 0's: asked with each agreement, and to forget what it has said.
  void set_commands(std::function<unsigned()> commands) { commands_ = std::move(commands); }
  /// Orders of the agreements so far, once: the same on all ranks.
  unsigned take_commands() { return std::exchange(commanded_, 0u); }

  /// Null when volumes are whole.
  ShardingPtr sharding() const { return sharding_; }

 private:
  ProcessGrid grid_;
  std::function<unsigned()> commands_;
  unsigned commanded_ = 0;
  std::unique_ptr<Communicator> control_, gradients_, halos_, statistics_;
  std::unique_ptr<Backend> backend_;  ///< after the communicators, which it uses to its end
  Group gradient_group_;
  ShardingPtr sharding_;
};

}  // namespace scaffold
