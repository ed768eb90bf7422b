#include "parallel/host_sharding.hpp"

#include <ATen/ATen.h>
#include <ATen/record_function.h>

#include "core/clock.hpp"
#include "core/error.hpp"

namespace scaffold {
namespace {

/// Below this a message is over before a thread has woken up.
constexpr std::int64_t watch_from_bytes = 256 << 10;

class HostExchange : public Sharding::Exchange {
 public:
  HostExchange(std::shared_ptr<void> buffers, ShardTraffic& traffic)
      : buffers_(std::move(buffers)), traffic_(traffic) {}
  void add(RequestPtr request) {
    request->keep(buffers_);
    requests_.push_back(std::move(request));
  }

  void wait() override {
    RECORD_USER_SCOPE("halo wait");
    const Stopwatch clock;
    if (watched_)
      watched_->wait();
    else
      wait_all(requests_);
    traffic_.halo_wait_seconds += clock.seconds();
    traffic_.halo_seconds += watched_ ? watched_->seconds() : since_start_.seconds();
  }

  std::vector<RequestPtr> requests_;
  std::shared_ptr<ProgressThread::Watched> watched_;

 private:
  std::shared_ptr<void> buffers_;
  ShardTraffic& traffic_;
  Stopwatch since_start_;
};

}  // namespace

HostSharding::HostSharding(const ProcessGrid& grid, Communicator& halos, Communicator& statistics,
                           ProgressThread* progress)
    : Sharding(grid), halos_(halos), statistics_(statistics), progress_(progress) {}

std::unique_ptr<Sharding::Exchange> HostSharding::exchange(std::vector<at::Tensor> sends,
                                                           std::vector<at::Tensor> receives) {
  RECORD_USER_SCOPE("halo start");
  constexpr int tag =
      0;  // one message a pair of shards and exchange, and messages of a pair keep their order
  struct Buffers {
    std::vector<at::Tensor> sends, receives;
  };
  const auto buffers = std::make_shared<Buffers>(Buffers{std::move(sends), std::move(receives)});
  auto exchange = std::make_unique<HostExchange>(buffers, traffic);
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < neighbors().size(); ++i) {
    at::Tensor& receive = buffers->receives[i];
    exchange->add(halos_.start_receive(receive.data_ptr(), static_cast<std::int64_t>(receive.nbytes()),
                                       neighbors()[i].shard, tag));
  }
  for (std::size_t i = 0; i < neighbors().size(); ++i) {
    const at::Tensor& send = buffers->sends[i];
    bytes += static_cast<std::int64_t>(send.nbytes());
    exchange->add(halos_.start_send(send.data_ptr(), static_cast<std::int64_t>(send.nbytes()),
                                    neighbors()[i].shard, tag));
  }
  traffic.halo_bytes += bytes;
  traffic.halo_messages += static_cast<std::int64_t>(neighbors().size());
  if (progress_ && bytes >= watch_from_bytes)
    exchange->watched_ = progress_->watch(std::move(exchange->requests_));
  return exchange;
}

void HostSharding::sum(at::Tensor& values) {
  RECORD_USER_SCOPE("sum over shards");
  const Stopwatch clock;
  const auto type = values.scalar_type() == at::kDouble ? DataType::float64 : DataType::float32;
  if (!values.is_contiguous() || !values.is_cpu() ||
      (type == DataType::float32 && values.scalar_type() != at::kFloat))
    throw CommError("sums over shards take contiguous float32 or float64 tensors in host memory");
  wait(*statistics_.start_sum(values.data_ptr(), values.numel(), type));
  ++traffic.sums;
  traffic.sum_bytes += static_cast<std::int64_t>(values.nbytes());
  traffic.sum_wait_seconds += clock.seconds();
}

}  // namespace scaffold
