// Halos and sums of a replica's shards through c10d process groups: NCCL where the volumes lie on GPUs.
#pragma once
#include <c10/util/intrusive_ptr.h>

#include "comm/communicator.hpp"
#include "parallel/sharding.hpp"

namespace c10d {
class ProcessGroup;
}

namespace scaffold {

class GroupSharding : public Sharding {
 public:
  using Group = c10::intrusive_ptr<c10d::ProcessGroup>;
  /// `halos` and `sums`: two groups of the replica's shards, in the order of shards, used by nothing else, so
  /// that halos have a stream of their own. `host`: for the few sums of tensors in host memory.
  GroupSharding(const ProcessGrid& grid, const Group& halos, const Group& sums, Communicator& host);
  ~GroupSharding() override;

  std::unique_ptr<Exchange> exchange(std::vector<at::Tensor> sends,
                                     std::vector<at::Tensor> receives) override;
  /// On a GPU the sum is queued, not waited for: what uses `values` next is queued behind it.
  void sum(at::Tensor& values) override;

 private:
  Group halos_, sums_;
  Communicator& host_;
};

}  // namespace scaffold
