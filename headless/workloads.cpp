#include "workloads/registry.hpp"

#include "headless/torch_commands.hpp"

namespace scaffold {

void register_program_workloads() { register_workloads(); }

}  // namespace scaffold
