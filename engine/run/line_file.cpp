#include "run/line_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

/// Bytes up to and with the last line feed.
std::uint64_t whole_lines(int fd, std::uint64_t size, const fs::path& path) {
  char buffer[4096];
  while (size > 0) {
    const std::size_t n = std::min<std::uint64_t>(size, sizeof buffer);
    pread_exact(fd, buffer, n, size - n, path);
    for (std::size_t i = n; i > 0; --i)
      if (buffer[i - 1] == '\n') return size - n + i;
    size -= n;
  }
  return 0;
}

}  // namespace

LineFile::LineFile(const fs::path& path) : path_(path) {
  fd_ = FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0644));
  if (!fd_) throw_errno("open", path.string());
  struct stat info {};
  if (fstat(fd_.get(), &info) != 0) throw_errno("query", path.string());
  if (!S_ISREG(info.st_mode)) throw DataError(cat("'", path.string(), "' is not a regular file"));
  const auto size = static_cast<std::uint64_t>(info.st_size);
  size_ = whole_lines(fd_.get(), size, path);
  if (size_ != size && ::ftruncate(fd_.get(), static_cast<off_t>(size_)) != 0)
    throw_errno("truncate", path.string());
}

void LineFile::append(std::string_view line, bool durable) {
  std::string text(line);
  text += '\n';
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t n = ::write(fd_.get(), rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      const int code = n < 0 ? errno : EIO;
      [[maybe_unused]] const int taken_back = ::ftruncate(fd_.get(), static_cast<off_t>(size_));
      errno = code;
      throw_errno("write", path_.string());
    }
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  if (durable && ::fdatasync(fd_.get()) != 0) throw_errno("sync", path_.string());
  size_ += text.size();
}

}  // namespace scaffold
