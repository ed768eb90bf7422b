// The CUDA plug-in: device questions for the program, and (by linking libtorch_cuda) ATen's CUDA operators.
#include <c10/cuda/CUDACachingAllocator.h>
#include <cuda_runtime_api.h>

#include <cstdio>
#include <cstring>

#include "cuda/nccl.hpp"
#include "cuda/tables.hpp"
#include "cuda/workload_table.hpp"
#include "device/cuda_plugin.hpp"

namespace {

int device_count(char* message, int size) {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error == cudaErrorNoDevice) return 0;
  if (error != cudaSuccess) {
    std::snprintf(message, static_cast<std::size_t>(size), "%s", cudaGetErrorString(error));
    return -1;
  }
  return count;
}

int describe(int device, ScaffoldCudaDevice* into) {
  cudaDeviceProp properties{};
  if (cudaGetDeviceProperties(&properties, device) != cudaSuccess) return -1;
  std::snprintf(into->name, sizeof into->name, "%s", properties.name);
  into->memory_bytes = properties.totalGlobalMem;
  return cudaRuntimeGetVersion(&into->runtime_version) == cudaSuccess ? 0 : -1;
}

void synchronize(int device) {
  if (cudaSetDevice(device) == cudaSuccess) cudaDeviceSynchronize();
}

std::uint64_t peak_memory(int device) {
  using c10::CachingAllocator::StatType;
  const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(static_cast<c10::DeviceIndex>(device));
  return static_cast<std::uint64_t>(
      stats.allocated_bytes[static_cast<std::size_t>(StatType::AGGREGATE)].peak);
}

const scaffold::fused::DeviceKernels kernels = [] {
  scaffold::fused::DeviceKernels table{};
  scaffold::gpu::add_norm(table);
  scaffold::gpu::add_loss(table);
  scaffold::gpu::add_volumes(table);
  return table;
}();

const ScaffoldCudaPlugin plugin = {scaffold_cuda_abi,
                                   device_count,
                                   describe,
                                   synchronize,
                                   peak_memory,
                                   scaffold::make_nccl,
                                   scaffold::gpu::make_graph,
                                   &kernels,
                                   scaffold::gpu::WorkloadTable::find};

}  // namespace

extern "C" const ScaffoldCudaPlugin* scaffold_cuda_plugin() { return &plugin; }
