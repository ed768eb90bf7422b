#include "core/page_pool.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace scaffold {
namespace {

constexpr int access = PROT_READ | PROT_WRITE;
constexpr int private_pages = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

/// Addresses of pages that come into being when they are touched.
std::byte* map(std::size_t bytes) {
  void* all = ::mmap(nullptr, bytes + PagePool::granule, access, private_pages, -1, 0);
  if (all == MAP_FAILED) throw std::bad_alloc();
  auto* const from = static_cast<std::byte*>(all);
  const std::size_t past = reinterpret_cast<std::uintptr_t>(from) % PagePool::granule;
  const std::size_t before = past == 0 ? 0 : PagePool::granule - past;
  if (before > 0) ::munmap(from, before);
  ::munmap(from + before + bytes, PagePool::granule - before);
  return from + before;
}

/// The pages at `from`, to `to` in place of those there. False: they stay, and those at `to` are fresh.
bool move(std::byte* from, std::size_t bytes, std::byte* to) {
  if (::mremap(from, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to) != MAP_FAILED) return true;
  // A failed move may have unmapped what was there.
  if (::mmap(to, bytes, access, private_pages | MAP_FIXED, -1, 0) == MAP_FAILED) throw std::bad_alloc();
  return false;
}

}  // namespace

PagePool::~PagePool() { trim(); }

void* PagePool::acquire(std::size_t bytes) {
  if (bytes > SIZE_MAX - 2 * granule) throw std::bad_alloc();
  bytes = (std::max<std::size_t>(bytes, 1) + granule - 1) / granule * granule;
  const std::lock_guard lock(mutex_);
  Block block;
  if (!take_whole(bytes, block)) {
    block.begin = map(bytes);
    block.bytes = bytes;
    assemble(block);
  }
  void* data = block.begin;
  in_use_.emplace(data, std::move(block));
  return data;
}

/// The one given back last, since its pages are likelier in a cache.
bool PagePool::take_whole(std::size_t bytes, Block& found) {
  const auto whole =
      std::find_if(kept_.rbegin(), kept_.rend(), [&](const Block& block) { return block.bytes == bytes; });
  if (whole == kept_.rend()) return false;
  found = std::move(*whole);
  kept_.erase(std::next(whole).base());
  return true;
}

/// The smallest that has them all, else the largest.
std::size_t PagePool::source_for(std::size_t bytes) const {
  const auto better = [bytes](const Block& a, const Block& b) {
    const bool a_enough = a.bytes >= bytes, b_enough = b.bytes >= bytes;
    return a_enough != b_enough ? a_enough : a_enough ? a.bytes < b.bytes : a.bytes > b.bytes;
  };
  return static_cast<std::size_t>(std::min_element(kept_.begin(), kept_.end(), better) - kept_.begin());
}

void PagePool::assemble(Block& block) {
  std::size_t filled = 0;
  while (filled < block.bytes && !kept_.empty()) {
    const std::size_t at = source_for(block.bytes - filled);
    Block& source = kept_[at];
    std::size_t& run = source.runs.back();
    const std::size_t part = std::min(run, block.bytes - filled);
    if (!move(source.begin + source.bytes - part, part, block.begin + filled)) {
      trim_locked();  // too many mappings: what is kept could not be used again and would add up
      break;
    }
    block.runs.push_back(part);
    filled += part;
    source.bytes -= part;
    run -= part;
    if (run == 0) source.runs.pop_back();
    if (source.bytes == 0) kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(at));
  }
  if (filled == block.bytes) return;
  const std::size_t rest = block.bytes - filled;
  ::madvise(block.begin + filled, rest, MADV_HUGEPAGE);
  block.runs.push_back(rest);
  fresh_ += rest;
}

bool PagePool::release(void* data) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = in_use_.find(data);
  if (found == in_use_.end()) return false;
  Block block = std::move(found->second);
  in_use_.erase(found);
  try {
    kept_.push_back(std::move(block));
  } catch (const std::bad_alloc&) {
    ::munmap(block.begin, block.bytes);
  }
  return true;
}

void PagePool::trim() noexcept {
  const std::lock_guard lock(mutex_);
  trim_locked();
}

void PagePool::trim_locked() noexcept {
  for (const Block& block : kept_) ::munmap(block.begin, block.bytes);
  kept_.clear();
}

PagePool::Counts PagePool::counts() const {
  const std::lock_guard lock(mutex_);
  Counts counts;
  for (const auto& [data, block] : in_use_) counts.in_use += block.bytes;
  for (const Block& block : kept_) counts.kept += block.bytes;
  counts.fresh = fresh_;
  return counts;
}

}  // namespace scaffold
