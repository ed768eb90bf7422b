// A file system without locks: this definition of flock comes before libc's in a program that includes it.
#pragma once
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

/// What flock fails with, as a kernel would; 0: it works.
inline int flock_error = 0;

// Weak: several sources of one program may include this.
extern "C" __attribute__((weak)) int flock(int fd, int operation) noexcept {
  if (flock_error == 0) return static_cast<int>(syscall(SYS_flock, fd, operation));
  errno = flock_error;
  return -1;
}

/// The errors of file systems without flock; the last is Linux's own ENOTSUPP, which has no name outside it.
inline constexpr int errors_without_flock[] = {ENOSYS, EOPNOTSUPP, ENOLCK, 524};

/// While it lives, flock fails.
struct WithoutFlock {
  explicit WithoutFlock(int error) { flock_error = error; }
  ~WithoutFlock() { flock_error = 0; }
  WithoutFlock(const WithoutFlock&) = delete;
  WithoutFlock& operator=(const WithoutFlock&) = delete;
};
