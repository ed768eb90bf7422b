#include "run/log_tail.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "storage/checksum.hpp"

namespace scaffold::monitor {
namespace {

constexpr std::size_t longest_line = std::size_t{1} << 20;

std::string bytes_of(int fd, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t got = 0;
  while (got < size) {
    const ssize_t n = ::pread(fd, bytes.data() + got, size - got, static_cast<off_t>(offset + got));
    if (n <= 0) break;
    got += static_cast<std::size_t>(n);
  }
  bytes.resize(got);
  return bytes;
}

}  // namespace

std::uint64_t log_id(std::string_view beginning) {
  const auto feed = beginning.find('\n');
  return feed == beginning.npos ? 0 : std::max<std::uint64_t>(checksum(beginning.substr(0, feed)), 1);
}

void LogTail::refresh() {
  struct stat by_name {};
  struct stat open {};
  const bool there = ::stat(path_.c_str(), &by_name) == 0 && S_ISREG(by_name.st_mode);
  if (fd_ && ::fstat(fd_.get(), &open) != 0) return;
  if (there && (!fd_ || open.st_ino != by_name.st_ino || open.st_dev != by_name.st_dev)) {
    fd_ = FileDescriptor(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    size_ = id_ = 0;
    if (!fd_ || ::fstat(fd_.get(), &open) != 0) return;
  }
  if (!fd_) return;
  const auto now = static_cast<std::uint64_t>(open.st_size);
  if (now <= size_) return;
  // Backwards to the last line feed, over at most a line.
  const std::uint64_t lowest = std::max(size_, now > longest_line ? now - longest_line : 0);
  for (std::uint64_t end = now; end > lowest;) {
    const std::uint64_t begin = end - lowest > 4096 ? end - 4096 : lowest;
    const std::string part = bytes_of(fd_.get(), begin, end - begin);
    if (const auto feed = part.rfind('\n'); feed != part.npos) {
      size_ = begin + feed + 1;
      break;
    }
    end = begin;
  }
  if (id_ == 0 && size_ > 0)
    id_ = log_id(bytes_of(fd_.get(), 0, std::min<std::uint64_t>(size_, longest_line + 1)));
}

std::string LogTail::read(std::uint64_t offset, std::size_t most) const {
  if (!fd_ || offset >= size_) return "";
  return bytes_of(fd_.get(), offset, std::min<std::uint64_t>(most, size_ - offset));
}

}  // namespace scaffold::monitor
