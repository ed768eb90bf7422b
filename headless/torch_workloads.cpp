#include "headless/torch_commands.hpp"
#include "workloads/tasks.hpp"

namespace scaffold {

void register_program_workloads() { register_tasks(); }

}  // namespace scaffold
