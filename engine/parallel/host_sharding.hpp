// Halos and sums of a replica's shards through host memory, over a communicator.
#pragma once
#include "comm/communicator.hpp"
#include "comm/progress_thread.hpp"
#include "parallel/sharding.hpp"

namespace scaffold {

class HostSharding : public Sharding {
 public:
  /// `halos` and `statistics`: two communicators of the replica's shards, in the order of shards, used by
  /// nothing else. With a progress thread, large halos move on while the caller computes.
  HostSharding(const ProcessGrid& grid, Communicator& halos, Communicator& statistics,
               ProgressThread* progress);

  std::unique_ptr<Exchange> exchange(std::vector<at::Tensor> sends,
                                     std::vector<at::Tensor> receives) override;
  void sum(at::Tensor& values) override;

 private:
  Communicator &halos_, &statistics_;
  ProgressThread* progress_;
};

}  // namespace scaffold
