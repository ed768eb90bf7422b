// Large memory whose pages go round: what is given back is what the next request is made of, whatever its
// size.
#pragma once
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace scaffold {

/// A fresh page costs a fault and is filled with zeros first, which takes longer than most layers need for
/// it; a page of this pool is moved to where it is wanted (mremap), which costs a few microseconds for 2 MiB
/// or more. The pool asks the system for pages only when it holds none, so what it keeps never adds to the
/// largest sum of what was in use. For any thread.
class PagePool {
 public:
  static constexpr std::size_t granule = std::size_t{2} << 20;  ///< a page table's reach: moved as a whole

  PagePool() = default;
  ~PagePool();  ///< what is in use stays
  PagePool(const PagePool&) = delete;
  PagePool& operator=(const PagePool&) = delete;

  /// Memory that holds anything, aligned to a granule. Throws std::bad_alloc.
  void* acquire(std::size_t bytes);
  /// False: not taken from here.
  bool release(void* data) noexcept;
  /// What is not in use, back to the system.
  void trim() noexcept;

  struct Counts {
    std::uint64_t in_use = 0, kept = 0;  ///< bytes, now
    std::uint64_t fresh = 0;             ///< bytes asked of the system, ever
  };
  Counts counts() const;

 private:
  /// Contiguous addresses; `runs`: the lengths of its parts that lie in one mapping each, which is what can
  /// be moved at once.
  struct Block {
    std::byte* begin = nullptr;
    std::size_t bytes = 0;
    std::vector<std::size_t> runs;
  };
  bool take_whole(std::size_t bytes, Block& found);
  void assemble(Block& block);
  std::size_t source_for(std::size_t bytes) const;
  void trim_locked() noexcept;

  mutable std::mutex mutex_;
  std::unordered_map<void*, Block> in_use_;
  std::vector<Block> kept_;
  std::uint64_t fresh_ = 0;
};

}  // namespace scaffold
