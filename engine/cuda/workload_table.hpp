// Kernels of workloads in the plug-in, which knows none of them by name.
//
//   const ClimateKernels kernels = {regrid};  // in a .cu file that the workload's folder adds to the plug-in
//   const WorkloadTable table(kernels);
#pragma once
#include <string_view>

namespace scaffold::gpu {

/// Registers a table of kernels (device/workload_kernels.hpp); both live as long as the plug-in.
class WorkloadTable {
 public:
  template <class Kernels>
  explicit WorkloadTable(const Kernels& kernels) : name_(Kernels::name), kernels_(&kernels), next_(first_) {
    first_ = this;
  }
  WorkloadTable(const WorkloadTable&) = delete;
  WorkloadTable& operator=(const WorkloadTable&) = delete;

  /// Null where there is none of this name.
  static const void* find(std::string_view name) {
    for (const WorkloadTable* table = first_; table; table = table->next_)
      if (table->name_ == name) return table->kernels_;
    return nullptr;
  }

 private:
  static inline const WorkloadTable* first_ = nullptr;

  std::string_view name_;
  const void* kernels_;
  const WorkloadTable* next_;
};

}  // namespace scaffold::gpu
