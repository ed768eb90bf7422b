#include "storage/bulk_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

constexpr std::size_t cached = std::size_t{128}
                               << 10;    // stays in a core's own cache until it has been added up
constexpr std::size_t alignment = 4096;  // of offset, size and memory: enough for any device
constexpr std::size_t direct_piece = std::size_t{1} << 20;  // devices are slow at small reads

}  // namespace

void BulkFile::Free::operator()(unsigned char* memory) const {
  ::operator delete (memory, std::align_val_t{alignment});
}

BulkFile::BulkFile(const fs::path& path, bool direct) : path_(path), file_(open_read(path)) {
  if (!direct) return;
  const int flags = ::fcntl(file_.get(), F_GETFL);
  if (flags < 0 || ::fcntl(file_.get(), F_SETFL, flags | O_DIRECT) != 0) return;
  bounce_.reset(static_cast<unsigned char*>(::operator new (direct_piece, std::align_val_t{alignment})));
}

void BulkFile::read(void* into, std::size_t size, std::uint64_t offset, Checksum& sum) const {
  auto* out = static_cast<unsigned char*>(into);
  if (bounce_) return read_direct(out, size, offset, sum);
  while (size > 0) {
    const std::size_t part = std::min(size, cached);
    pread_exact(file_.get(), out, part, offset, path_);
    sum.update(out, part);
    out += part;
    offset += part;
    size -= part;
  }
}

void BulkFile::read_direct(unsigned char* into, std::size_t size, std::uint64_t offset, Checksum& sum) const {
  while (size > 0) {
    const std::uint64_t begin = offset / alignment * alignment, skip = offset - begin;
    const std::size_t wanted = (skip + size + alignment - 1) / alignment * alignment;
    const ssize_t n =
        ::pread(file_.get(), bounce_.get(), std::min(wanted, direct_piece), static_cast<off_t>(begin));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      throw DataError(cat("cannot read '", path_.string(), "' with direct_io: ", std::strerror(errno)));
    if (static_cast<std::uint64_t>(n) <= skip)
      throw DataError(cat("'", path_.string(), "' ends at byte ", begin + static_cast<std::uint64_t>(n), ", ",
                          offset + size - begin - static_cast<std::uint64_t>(n),
                          " bytes earlier than it should: it is truncated"));
    const std::size_t part = std::min(size, static_cast<std::size_t>(n) - skip);
    std::memcpy(into, bounce_.get() + skip, part);
    sum.update(into, part);
    into += part;
    offset += part;
    size -= part;
  }
}

}  // namespace scaffold
