// Kernels that a workload has on GPUs beside those of the layers: a struct of functions, declared in its
// folder and filled by its part of the CUDA plug-in (cuda/workload_table.hpp).
//
//   struct ClimateKernels {
//     static constexpr std::string_view name = "climate";
//     at::Tensor (*regrid)(const at::Tensor& field);
//   };
//   if (const auto* kernels = workload_kernels<ClimateKernels>()) kernels->regrid(field);
#pragma once
#include <string_view>

namespace scaffold {

const void* find_workload_kernels(std::string_view name);

/// Null where there is no GPU, or the plug-in has no such table.
template <class Kernels>
const Kernels* workload_kernels() {
  return static_cast<const Kernels*>(find_workload_kernels(Kernels::name));
}

}  // namespace scaffold
