#include "workloads/registry.hpp"
#include "workloads/tasks.hpp"

namespace scaffold {

/// Where LibTorch is not built in nothing is trained: the viewer shows what others have trained.
void register_tasks() { register_workloads(); }

}  // namespace scaffold
