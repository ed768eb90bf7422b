#include "parallel/parallel_context.hpp"

#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>

#include <algorithm>
#include <csignal>

#include "core/signals.hpp"

namespace scaffold {

ParallelContext::ParallelContext() : control_(single_process()) {}

ParallelContext::ParallelContext(Communicator& world, const Extent3& shards, const at::Device& device)
    : grid_(world.size(), world.rank(), shards), control_(single_process()) {
  if (single_rank()) return;
  control_ = world.split(0, grid_.rank());
  gradients_ = world.split(0, grid_.rank());
  backend_ = backend_for(device).make();
  gradient_group_ = backend_->group(*gradients_, device, "gradients");
  if (grid_.shard_count() == 1) return;
  halos_ = world.split(grid_.replica(), grid_.shard());
  statistics_ = world.split(grid_.replica(), grid_.shard());
  sharding_ = backend_->sharding(grid_, *halos_, *statistics_, device);
}

ParallelContext::~ParallelContext() {
  sharding_.reset();
  gradient_group_.reset();
  backend_.reset();  // before the communicators whose requests it polls
}

void ParallelContext::sum_over_replicas(std::span<double> values) {
  if (single_rank()) return;
  if (grid_.shard() != 0) std::fill(values.begin(), values.end(), 0.0);
  sum(*control_, values);
}

std::unique_ptr<ParallelContext::StatusReduce> ParallelContext::status_reduce(bool failed) {
  std::unique_ptr<StatusReduce> reduce(new StatusReduce(*this));
  const int signal = signals::pending();
  const unsigned commands = commands_ ? commands_() : 0;
  reduce->counts_ = std::make_shared<std::array<std::int64_t, 7>>(
      std::array<std::int64_t, 7>{signal == SIGTERM, signal == SIGINT, signal == SIGUSR1, signal == SIGHUP,
                                  failed, commands & checkpoint_now, commands & stop_after_epoch});
  reduce->request_ = control_->start_sum(reduce->counts_->data(),
                                         static_cast<std::int64_t>(reduce->counts_->size()), DataType::int64);
  reduce->request_->keep(reduce->counts_);
  return reduce;
}

void ParallelContext::StatusReduce::finish() {
  if (!request_) return;
  wait(*request_);
  request_.reset();
  if ((*counts_)[5]) parallel_.commanded_ |= checkpoint_now;
  if ((*counts_)[6]) parallel_.commanded_ |= stop_after_epoch;
}

int ParallelContext::StatusReduce::signal() {
  finish();
  return (*counts_)[0]   ? SIGTERM
         : (*counts_)[1] ? SIGINT
         : (*counts_)[2] ? SIGUSR1
         : (*counts_)[3] ? SIGHUP
                         : 0;
}

bool ParallelContext::StatusReduce::any_failed() {
  finish();
  return (*counts_)[4] > 0;
}

}  // namespace scaffold
