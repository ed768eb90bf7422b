#include "core/disk_probe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <vector>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/signals.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

constexpr std::size_t block = 4 << 20;

/// Removed whatever happens.
struct ProbeFile {
  explicit ProbeFile(const fs::path& folder) : path(temporary_beside(folder / "doctor")) {}
  ~ProbeFile() {
    std::error_code ignored;
    fs::remove(path, ignored);
  }
  fs::path path;
};

[[noreturn]] void fail(const fs::path& path) {
  throw SystemError(cat("cannot write '", path.string(), "': ", std::strerror(errno)));
}

template <class Body>
double seconds_of(Body&& body) {
  const Stopwatch clock;
  body();
  return clock.seconds();
}

}  // namespace

void write_probe(const fs::path& path, std::uint64_t bytes) {
  const FileDescriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file) fail(path);
  // Not zeros: some file systems store those for nothing.
  static const std::vector<unsigned char> data = [] {
    std::vector<unsigned char> pattern(block);
    for (std::size_t i = 0; i < block; ++i) pattern[i] = static_cast<unsigned char>((i * 2654435761u) >> 13);
    return pattern;
  }();
  for (std::uint64_t at = 0; at < bytes;) {
    signals::check();
    const ssize_t n = write(file.get(), data.data(), std::min<std::uint64_t>(block, bytes - at));
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) errno = ENOSPC;
    if (n <= 0) fail(path);
    at += static_cast<std::uint64_t>(n);
  }
  if (fsync(file.get()) != 0) fail(path);
}

void read_probe(const fs::path& path, std::uint64_t bytes) {
  const FileDescriptor file = open_read(path);
  std::vector<unsigned char> data(block);
  for (std::uint64_t at = 0; at < bytes; at += block)
    pread_exact(file.get(), data.data(), std::min<std::uint64_t>(block, bytes - at), at, path);
}

DiskSpeed probe_disk(const fs::path& folder, std::uint64_t bytes) {
  const ProbeFile file(folder);
  DiskSpeed speed;
  speed.write_bytes_per_second =
      static_cast<double>(bytes) / seconds_of([&] { write_probe(file.path, bytes); });
  posix_fadvise(open_read(file.path).get(), 0, 0, POSIX_FADV_DONTNEED);
  speed.read_bytes_per_second =
      static_cast<double>(bytes) / seconds_of([&] { read_probe(file.path, bytes); });
  return speed;
}

std::string file_system_type(const fs::path& folder) {
  std::error_code error;
  const std::string path = fs::weakly_canonical(fs::absolute(folder), error).string();
  std::ifstream mounts("/proc/self/mounts");
  std::string line, best, type;
  while (std::getline(mounts, line)) {
    std::istringstream words(line);
    std::string device, point, kind;
    words >> device >> point >> kind;
    const bool holds = path.rfind(point, 0) == 0 &&
                       (point == "/" || path.size() == point.size() || path[point.size()] == '/');
    if (holds && point.size() >= best.size()) {
      best = point;
      type = kind;
    }
  }
  return type;
}

}  // namespace scaffold
