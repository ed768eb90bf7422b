// Devices. CUDA lives in a plug-in library that is loaded when a run asks for it, so that the program itself
// starts fast and runs where no CUDA is.
#pragma once
#include <c10/core/Device.h>
#include <c10/util/intrusive_ptr.h>

#include <cstdint>
#include <string>

#include "comm/communicator.hpp"

namespace c10d {
class ProcessGroup;
}

namespace scaffold {

/// What a device can do beyond tensors.
struct DeviceInfo {
  std::string name;                ///< "NVIDIA H100 80GB HBM3"; the CPU's model name
  std::uint64_t memory_bytes = 0;  ///< total
  std::string runtime;             ///< "CUDA 13.0", empty on a CPU
};

/// Resolves the `device` key. "auto" takes CUDA where the plug-in loads and finds a GPU. Throws ConfigError
/// with the reason when "cuda" cannot be had, or when the machine has fewer GPUs than ranks (`local_size`),
/// of which this is number `local_rank`.
at::Device select_device(const std::string& key, int local_rank = 0, int local_size = 1);
/// NCCL among the ranks of `comm`, in their order, each on its own GPU. `purpose` names it in messages.
/// Collective. CommError when it cannot be had.
c10::intrusive_ptr<c10d::ProcessGroup> make_device_group(const at::Device& device, Communicator& comm,
                                                         const std::string& purpose);
/// Values summed over all ranks' GPUs per second, in bytes of float32, `bytes` at a time. Collective. Errors
/// as make_device_group.
double probe_device_group(const at::Device& device, Communicator& comm, std::int64_t bytes);
DeviceInfo describe_device(const at::Device& device);
/// Waits for all queued work; nothing to do on a CPU. Call before reading a clock.
void synchronize(const at::Device& device);
/// Highest memory in use so far: of the device's allocator, or of the process on a CPU.
std::uint64_t peak_memory(const at::Device& device);
/// "built (libscaffold_cuda.so)", "not built": for --version; loads nothing.
std::string cuda_plugin_status();

}  // namespace scaffold
