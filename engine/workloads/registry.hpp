// The workloads of this program.
#pragma once

namespace scaffold {

/// Makes all workloads and their keys known; programs call it first.
void register_workloads();

}  // namespace scaffold
