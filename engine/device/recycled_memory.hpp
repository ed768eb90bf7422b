// Tensors on the CPU in memory that goes round (core/page_pool.hpp), in place of fresh pages for each.
#pragma once
#include "core/page_pool.hpp"

namespace scaffold {

/// From now on tensors of 4 MiB or more that Torch makes on the CPU recycle memory. For programs, before
/// threads begin; once is enough. Not under the address sanitizer, which could not see into it.
void recycle_tensor_memory();
PagePool::Counts recycled_memory();
/// What no tensor uses goes back to the system: between two runs in one process.
void release_recycled_memory();

/// While it lives, new tensors take fresh memory as without recycle_tensor_memory(): for comparison. One at a
/// time.
class FreshMemory {
 public:
  FreshMemory();
  ~FreshMemory();
  FreshMemory(const FreshMemory&) = delete;
  FreshMemory& operator=(const FreshMemory&) = delete;
};

}  // namespace scaffold
