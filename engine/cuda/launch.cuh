// Runs kernels (threads.hpp) on the GPU's current stream.
#pragma once
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "cuda/threads.hpp"

namespace scaffold::gpu {

template <class K, int... phase>
__device__ inline void run_phases(const K& kernel, const Place& at, typename K::Local& local,
                                  typename K::Shared& shared, std::integer_sequence<int, phase...>) {
  const auto one = [&](auto number) {
    kernel.template run<decltype(number)::value>(at, local, shared);
    if constexpr (decltype(number)::value + 1 < K::phases) __syncthreads();
  };
  (one(std::integral_constant<int, phase>{}), ...);
}

template <class K>
__global__ void __launch_bounds__(K::threads) run_kernel(const __grid_constant__ K kernel) {
  __shared__ alignas(16) unsigned char memory[sizeof(typename K::Shared)];
  auto& shared = *reinterpret_cast<typename K::Shared*>(memory);
  typename K::Local local;
  const Place at{static_cast<int>(blockIdx.x), static_cast<int>(blockIdx.y), static_cast<int>(blockIdx.z),
                 static_cast<int>(threadIdx.x)};
  const int rounds = rounds_of(kernel);
  for (int round = 0; round < rounds; ++round) {
    if (round > 0) __syncthreads();
    run_phases(kernel, at, local, shared, std::make_integer_sequence<int, K::phases>{});
  }
}

struct Gpu {
  template <class K>
  static void launch(const Grid& grid, const K& kernel) {
    if (grid.x * grid.y * grid.z == 0) return;
    const dim3 blocks(static_cast<unsigned>(grid.x), static_cast<unsigned>(grid.y),
                      static_cast<unsigned>(grid.z));
    run_kernel<<<blocks, K::threads, 0, c10::cuda::getCurrentCUDAStream()>>>(kernel);
    C10_CUDA_KERNEL_LAUNCH_CHECK();
  }
};

}  // namespace scaffold::gpu
