// The `scaffold` program with one workload more.
#include "headless/torch_commands.hpp"
#include "regression.hpp"
#include "workloads/tasks.hpp"

namespace scaffold {

void register_program_workloads() {
  register_tasks();
  regression::add();
}

}  // namespace scaffold
