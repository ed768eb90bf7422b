// Host memory over the job's communicator: MPI, or threads in tests.
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>

#include "comm/progress_thread.hpp"
#include "parallel/backend.hpp"
#include "parallel/c10d_backend.hpp"
#include "parallel/host_sharding.hpp"

namespace scaffold {
namespace {

class HostMemory : public Backend {
 public:
  Group group(Communicator& ranks, const at::Device&, const std::string&) override {
    return make_process_group(ranks, progress_);
  }
  ShardingPtr sharding(const ProcessGrid& grid, Communicator& halos, Communicator& statistics,
                       const at::Device&) override {
    return std::make_shared<HostSharding>(grid, halos, statistics, &progress_);
  }

 private:
  ProgressThread progress_;
};

}  // namespace

BackendInfo host_backend() {
  return {"host", [](const at::Device& device) { return device.is_cpu(); },
          []() -> std::unique_ptr<Backend> { return std::make_unique<HostMemory>(); }};
}

}  // namespace scaffold
