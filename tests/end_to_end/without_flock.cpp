// LD_PRELOADed: below the folder $WITHOUT_FLOCK_IN locks fail with the error number $WITHOUT_FLOCK_ERROR, as
// on a file system that has none.
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

extern "C" int flock(int fd, int operation) noexcept {
  const char* folder = std::getenv("WITHOUT_FLOCK_IN");
  const char* error = std::getenv("WITHOUT_FLOCK_ERROR");
  char link[64], path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, sizeof path);
  if (folder && error && length > 0 &&
      std::string(path, static_cast<std::size_t>(length)).starts_with(folder)) {
    errno = std::atoi(error);
    return -1;
  }
  return static_cast<int>(syscall(SYS_flock, fd, operation));
}
