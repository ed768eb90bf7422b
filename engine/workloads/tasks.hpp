// What the workloads of this program train.
#pragma once

namespace scaffold {

/// Makes all workloads known, and their tasks: for programs with LibTorch, in place of register_workloads().
void register_tasks();

}  // namespace scaffold
