// A communicator as a c10d process group on host memory, for c10d::Reducer. Started operations are driven to
// their end by the progress thread, so that they overlap with the backward pass.
#pragma once
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>

#include "comm/communicator.hpp"
#include "comm/progress_thread.hpp"

namespace scaffold {

/// Both must outlive the group. Knows what the Reducer asks for: all-reduce (sum), broadcast, all-gather,
/// barrier, and what GroupSharding asks for: send, receive; of contiguous CPU tensors.
c10::intrusive_ptr<c10d::ProcessGroup> make_process_group(Communicator& comm, ProgressThread& progress);

}  // namespace scaffold
