#include "parallel/team.hpp"

#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>

#include <algorithm>
#include <csignal>

#include "core/signals.hpp"
#include "core/text.hpp"
#include "device/device.hpp"
#include "parallel/c10d_backend.hpp"
#include "parallel/group_sharding.hpp"
#include "parallel/host_sharding.hpp"

namespace scaffold {

Team::Team() : control_(single_process()) {}

Team::Team(Communicator& world, const Extent3& shards, const at::Device& device)
    : grid_(world.size(), world.rank(), shards), control_(single_process()) {
  if (alone()) return;
  control_ = world.split(0, grid_.rank());
  gradients_ = world.split(0, grid_.rank());
  if (device.is_cpu()) {
    progress_ = std::make_unique<ProgressThread>();
    gradient_group_ = make_process_group(*gradients_, *progress_);
  } else {
    gradient_group_ = make_device_group(device, *gradients_, "gradients");
  }
  if (grid_.shard_count() > 1) shard(world, device);
}

void Team::shard(Communicator& world, const at::Device& device) {
  halos_ = world.split(grid_.replica(), grid_.shard());
  statistics_ = world.split(grid_.replica(), grid_.shard());
  if (device.is_cpu()) {
    sharding_ = std::make_shared<HostSharding>(grid_, *halos_, *statistics_, progress_.get());
    return;
  }
  const auto halos = make_device_group(device, *halos_, cat("halos of replica ", grid_.replica()));
  const auto sums = make_device_group(device, *statistics_, cat("sums of replica ", grid_.replica()));
  sharding_ = std::make_shared<GroupSharding>(grid_, halos, sums, *statistics_);
}

Team::~Team() {
  sharding_.reset();
  gradient_group_.reset();
  progress_.reset();  // before the communicators whose requests it polls
}

void Team::sum_over_replicas(std::span<double> values) {
  if (alone()) return;
  if (grid_.shard() != 0) std::fill(values.begin(), values.end(), 0.0);
  sum(*control_, values);
}

std::unique_ptr<Team::Agreement> Team::agree(bool trouble) {
  std::unique_ptr<Agreement> agreement(new Agreement(*this));
  const int signal = signals::pending();
  const unsigned orders = orders_ ? orders_() : 0;
  agreement->counts_ = std::make_shared<std::array<std::int64_t, 7>>(
      std::array<std::int64_t, 7>{signal == SIGTERM, signal == SIGINT, signal == SIGUSR1, signal == SIGHUP,
                                  trouble, orders & checkpoint_now, orders & stop_after_epoch});
  agreement->request_ = control_->start_sum(
      agreement->counts_->data(), static_cast<std::int64_t>(agreement->counts_->size()), Number::int64);
  agreement->request_->keep(agreement->counts_);
  return agreement;
}

void Team::Agreement::finish() {
  if (!request_) return;
  wait(*request_);
  request_.reset();
  if ((*counts_)[5]) team_.ordered_ |= checkpoint_now;
  if ((*counts_)[6]) team_.ordered_ |= stop_after_epoch;
}

int Team::Agreement::signal() {
  finish();
  return (*counts_)[0]   ? SIGTERM
         : (*counts_)[1] ? SIGINT
         : (*counts_)[2] ? SIGUSR1
         : (*counts_)[3] ? SIGHUP
                         : 0;
}

bool Team::Agreement::trouble() {
  finish();
  return (*counts_)[4] > 0;
}

}  // namespace scaffold
