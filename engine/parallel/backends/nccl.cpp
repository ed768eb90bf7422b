// GPUs' memory by NCCL, which the CUDA plug-in has.
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>

#include "core/text.hpp"
#include "device/device.hpp"
#include "parallel/backend.hpp"
#include "parallel/group_sharding.hpp"

namespace scaffold {
namespace {

class GpuMemory : public Backend {
 public:
  Group group(Communicator& ranks, const at::Device& device, const std::string& purpose) override {
    return make_device_group(device, ranks, purpose);
  }
  ShardingPtr sharding(const ProcessGrid& grid, Communicator& halos, Communicator& statistics,
                       const at::Device& device) override {
    const auto of_halos = group(halos, device, cat("halos of replica ", grid.replica()));
    const auto of_sums = group(statistics, device, cat("sums of replica ", grid.replica()));
    return std::make_shared<GroupSharding>(grid, of_halos, of_sums, statistics);
  }
};

}  // namespace

BackendInfo nccl_backend() {
  return {"nccl", [](const at::Device& device) { return device.is_cuda(); },
          []() -> std::unique_ptr<Backend> { return std::make_unique<GpuMemory>(); }};
}

}  // namespace scaffold
