// The plug-in's C interface: the only things the program looks up by name.
#pragma once
#include <cstdint>

extern "C" {
/// Increases with every change of this interface.
inline constexpr int scaffold_cuda_abi = 1;

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
};

/// Symbol "scaffold_cuda_plugin".
using ScaffoldCudaEntry = const ScaffoldCudaPlugin* (*)();
}
