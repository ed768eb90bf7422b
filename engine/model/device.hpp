// Devices. CUDA lives in a plug-in library that is loaded when a run asks for it, so that the program itself
// starts fast and runs where no CUDA is.
#pragma once
#include <c10/core/Device.h>

#include <cstdint>
#include <string>

namespace scaffold {

/// What a device can do beyond tensors.
struct DeviceInfo {
  std::string name;                ///< "NVIDIA H100 80GB HBM3"; the CPU's model name
  std::uint64_t memory_bytes = 0;  ///< total
  std::string runtime;             ///< "CUDA 13.0", empty on a CPU
};

/// Resolves the `device` key. "auto" takes CUDA where the plug-in loads and finds a GPU. Throws ConfigError
/// with the reason when "cuda" cannot be had. `local_rank`: among the ranks of this machine, which take its
/// GPUs in turn.
at::Device select_device(const std::string& key, int local_rank = 0);
DeviceInfo describe_device(const at::Device& device);
/// Waits for all queued work; nothing to do on a CPU. Call before reading a clock.
void synchronize(const at::Device& device);
/// Highest memory in use so far: of the device's allocator, or of the process on a CPU.
std::uint64_t peak_memory(const at::Device& device);
/// "built (libscaffold_cuda.so)", "not built": for --version; loads nothing.
std::string cuda_plugin_status();

}  // namespace scaffold
