#include "parallel/group_sharding.hpp"

#include <ATen/ATen.h>
#include <ATen/record_function.h>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>

#include "core/clock.hpp"
#include "core/error.hpp"

namespace scaffold {
namespace {

class GroupExchange : public Sharding::Exchange {
 public:
  GroupExchange(std::vector<at::Tensor> sends, std::vector<at::Tensor> receives, ShardTraffic& traffic)
      : sends_(std::move(sends)), receives_(std::move(receives)), traffic_(traffic) {}

  void wait() override {
    RECORD_USER_SCOPE("halo wait");
    const Stopwatch clock;
    for (const auto& work : works_) work->wait();
    traffic_.halo_wait_seconds += clock.seconds();
    traffic_.halo_seconds += since_start_.seconds();  // at most: nobody watched it end
  }

  std::vector<at::Tensor> sends_, receives_;  // kept alive
  std::vector<c10::intrusive_ptr<c10d::Work>> works_;

 private:
  ShardTraffic& traffic_;
  Stopwatch since_start_;
};

}  // namespace

GroupSharding::GroupSharding(const ProcessGrid& grid, const Group& halos, const Group& sums,
                             Communicator& host)
    : Sharding(grid), halos_(halos), sums_(sums), host_(host) {}

GroupSharding::~GroupSharding() = default;

std::unique_ptr<Sharding::Exchange> GroupSharding::exchange(std::vector<at::Tensor> sends,
                                                            std::vector<at::Tensor> receives) {
  RECORD_USER_SCOPE("halo start");
  auto exchange = std::make_unique<GroupExchange>(std::move(sends), std::move(receives), traffic);
  if (neighbors().empty()) return exchange;
  constexpr int tag = 0;  // messages of a pair keep their order
  const auto device = exchange->sends_.front().device().type();
  // NCCL must be given the sends and receives of all neighbors at once, or they wait for each other.
  const bool at_once = halos_->getBackend(device)->supportsCoalescing();
  if (at_once) halos_->startCoalescing(device);
  std::vector<c10::intrusive_ptr<c10d::Work>> works;
  for (std::size_t i = 0; i < neighbors().size(); ++i) {
    std::vector<at::Tensor> send{exchange->sends_[i]}, receive{exchange->receives_[i]};
    works.push_back(halos_->recv(receive, neighbors()[i].shard, tag));
    works.push_back(halos_->send(send, neighbors()[i].shard, tag));
    traffic.halo_bytes += static_cast<std::int64_t>(send.front().nbytes());
  }
  traffic.halo_messages += static_cast<std::int64_t>(neighbors().size());
  if (at_once) works = {halos_->endCoalescing(device)};
  exchange->works_ = std::move(works);
  return exchange;
}

void GroupSharding::sum(at::Tensor& values) {
  RECORD_USER_SCOPE("sum over shards");
  const Stopwatch clock;
  if (!values.is_contiguous() || (values.scalar_type() != at::kFloat && values.scalar_type() != at::kDouble))
    throw CommError("sums over shards take contiguous float32 or float64 tensors");
  if (values.is_cpu()) {
    const auto type = values.scalar_type() == at::kDouble ? DataType::float64 : DataType::float32;
    wait(*host_.start_sum(values.data_ptr(), values.numel(), type));
  } else {
    std::vector<at::Tensor> tensors{values};
    sums_->allreduce(tensors)->wait();
  }
  ++traffic.sums;
  traffic.sum_bytes += static_cast<std::int64_t>(values.nbytes());
  traffic.sum_wait_seconds += clock.seconds();
}

}  // namespace scaffold
