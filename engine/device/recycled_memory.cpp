#include "device/recycled_memory.hpp"

#include <c10/core/CPUAllocator.h>

#include <atomic>
#include <new>

namespace scaffold {
namespace {

/// Below, the heap recycles well by itself.
constexpr std::size_t smallest = std::size_t{4} << 20;

std::atomic<bool> recycling = true;

/// Never destroyed: tensors may outlive everything.
PagePool& pool() {
  static PagePool& pool = *new PagePool;
  return pool;
}

void release(void* data) {
  if (!data || pool().release(data)) return;
  c10::GetDefaultCPUAllocator()->raw_deallocate(data);
}

class RecycledMemory final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) override {
    if (bytes >= smallest && recycling.load(std::memory_order_relaxed)) {
      try {
        void* data = pool().acquire(bytes);
        return {data, data, &release, c10::Device(c10::DeviceType::CPU)};
      } catch (const std::bad_alloc&) {  // Torch's own has the words for it
      }
    }
    return c10::GetDefaultCPUAllocator()->allocate(bytes);
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }
};

}  // namespace

void recycle_tensor_memory() {
#ifndef __SANITIZE_ADDRESS__
  static const bool once = [] {
    c10::SetCPUAllocator(new RecycledMemory, 1);
    return true;
  }();
  static_cast<void>(once);
#endif
}

PagePool::Counts recycled_memory() { return pool().counts(); }
void release_recycled_memory() { pool().trim(); }

FreshMemory::FreshMemory() { recycling = false; }
FreshMemory::~FreshMemory() { recycling = true; }

}  // namespace scaffold
