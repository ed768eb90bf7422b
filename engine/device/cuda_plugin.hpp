// The plug-in's interface: the only things the program looks up by name. Both are built by one compiler.
#pragma once
#include <c10/util/intrusive_ptr.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace c10d {
class ProcessGroup;
}
namespace scaffold {
class DeviceGraph;
namespace fused {
struct DeviceKernels;
}
}  // namespace scaffold

/// One rank of an NCCL communicator to be.
struct ScaffoldNcclOptions {
  int device = 0, rank = 0, size = 1;
  std::string host;  ///< this machine's name
  /// Rank 0's text on every rank. Collective.
  std::function<std::string(const std::string&)> share;
};

extern "C" {
/// Increases with every change of this interface.
inline constexpr int scaffold_cuda_abi = 4;

struct ScaffoldCudaDevice {
  char name[256];
  std::uint64_t memory_bytes;
  int runtime_version;  ///< 13000 = CUDA 13.0
};

struct ScaffoldCudaPlugin {
  int abi;
  /// GPUs visible; a negative value when the driver is missing or too old, with the reason in `message`.
  int (*device_count)(char* message, int size);
  int (*describe)(int device, ScaffoldCudaDevice* into);
  void (*synchronize)(int device);
  std::uint64_t (*peak_memory)(int device);
  /// Collective. False with the reason in `error`; never throws.
  bool (*make_nccl)(const ScaffoldNcclOptions& options, c10::intrusive_ptr<c10d::ProcessGroup>& into,
                    std::string& error);
  /// The caller's to delete.
  scaffold::DeviceGraph* (*make_graph)(int device);
  const scaffold::fused::DeviceKernels* kernels;  ///< device/device_kernels.hpp
  /// The table of kernels that a workload registered by this name (device/workload_kernels.hpp); null: none.
  const void* (*workload_kernels)(std::string_view name);
};

/// Symbol "scaffold_cuda_plugin".
using ScaffoldCudaEntry = const ScaffoldCudaPlugin* (*)();
}
