#include "core/files.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <random>
#include <vector>

#include "core/error.hpp"
#include "core/signals.hpp"
#include "core/text.hpp"

namespace scaffold {

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = other.release();
  }
  return *this;
}
FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

FileDescriptor open_read(const fs::path& path) {
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a pipe must not block
  if (!fd) throw DataError(cat("cannot open '", path.string(), "': ", std::strerror(errno)));
  struct stat info {};
  if (fstat(fd.get(), &info) == 0 && S_ISDIR(info.st_mode))
    throw DataError(cat("'", path.string(), "' is a folder, a file was expected"));
  return fd;
}

void pread_exact(int fd, void* into, std::size_t size, std::uint64_t offset, const fs::path& path) {
  auto* out = static_cast<char*>(into);
  while (size > 0) {
    const ssize_t n = ::pread(fd, out, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw DataError(cat("cannot read '", path.string(), "': ", std::strerror(errno)));
    if (n == 0)
      throw DataError(cat("'", path.string(), "' ends at byte ", offset, ", ", size,
                          " bytes earlier than it should: it is truncated"));
    out += n;
    offset += static_cast<std::uint64_t>(n);
    size -= static_cast<std::size_t>(n);
  }
}

namespace {
/// Of a pipe whose writer has not come yet, or is slow; a signal ends the wait. Regular files always have
/// data.
void wait_for_data(int fd) {
  pollfd waiting{fd, POLLIN, 0};
  for (int ready = 0; ready <= 0 && (ready == 0 || errno == EINTR);) {
    signals::check();
    ready = ::poll(&waiting, 1, 100);
  }
}
}  // namespace

std::string read_regular_text(const fs::path& path, std::uint64_t max_bytes) {
  std::error_code error;
  const auto type = fs::status(path, error).type();
  if (!error && type != fs::file_type::regular && type != fs::file_type::directory &&
      type != fs::file_type::not_found)
    throw DataError(cat("'", path.string(), "' is a pipe or a device, a file was expected"));
  return read_text(path, max_bytes);
}

std::string read_text(const fs::path& path, std::uint64_t max_bytes) {
  const FileDescriptor fd = open_read(path);
  std::string text;
  char buffer[65536];
  for (;;) {
    wait_for_data(fd.get());
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n < 0) throw DataError(cat("cannot read '", path.string(), "': ", std::strerror(errno)));
    if (n == 0) return text;
    text.append(buffer, static_cast<std::size_t>(n));
    if (text.size() > max_bytes)
      throw DataError(cat("'", path.string(), "' is larger than ",
                          human_bytes(static_cast<double>(max_bytes)),
                          ", which is more than this kind of file can be"));
  }
}

namespace {
void write_all(int fd, std::string_view text, const fs::path& path) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_errno("write", path.string());
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}
void write_whole(const fs::path& path, std::string_view text, std::optional<unsigned> mode) {
  const fs::path temporary = temporary_beside(path);
  try {
    FileDescriptor fd(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode.value_or(0644)));
    if (!fd) throw_errno("create", temporary.string());
    if (mode && ::fchmod(fd.get(), *mode) != 0) throw_errno("set the permissions of", temporary.string());
    write_all(fd.get(), text, temporary);
    if (::fsync(fd.get()) != 0) throw_errno("sync", temporary.string());
    publish(temporary, path);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}
}  // namespace

void write_atomic(const fs::path& path, std::string_view text) { write_whole(path, text, {}); }
void write_atomic(const fs::path& path, std::string_view text, unsigned mode) {
  write_whole(path, text, mode);
}

void sync_path(const fs::path& path) {
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw_errno("open", path.string());
  // Some network file systems cannot sync a folder and say EINVAL; there is nothing more to do then.
  if (::fsync(fd.get()) != 0 && errno != EINVAL) throw_errno("sync", path.string());
}

void publish(const fs::path& from, const fs::path& to) {
  // Root could put its file in the place of /dev/full.
  if (std::error_code ignored; fs::is_other(to, ignored))
    throw SystemError(cat("cannot write '", to.string(), "': it is not a regular file"));
  if (::rename(from.c_str(), to.c_str()) != 0) throw_errno("rename to", to.string());
  sync_path(to.has_parent_path() ? to.parent_path() : fs::path("."));
}

fs::path temporary_beside(const fs::path& path) {
  // From anywhere: processes of two containers may have one host name and one number.
  static std::atomic<unsigned> counter{std::random_device{}()};
  char host[256] = "host";
  gethostname(host, sizeof host - 1);
  const auto name = cat(".", path.filename().string(), ".", host, "-", getpid(), "-", counter++, ".tmp");
  return path.parent_path() / name;
}

int remove_temporaries(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with('.') && name.ends_with(".tmp") && at->is_regular_file(error))
      found.push_back(at->path());
  }
  int removed = 0;
  for (const auto& file : found) removed += fs::remove(file, error);
  return removed;
}

void ensure_writable_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error && fs::exists(folder) && !fs::is_directory(folder))
    throw SystemError(cat("'", folder.string(), "' exists and is not a folder; choose another path"));
  if (error) throw SystemError(cat("cannot create folder '", folder.string(), "': ", error.message()));
  if (!fs::is_directory(folder))
    throw SystemError(cat("'", folder.string(), "' exists and is not a folder; choose another path"));
  // Asking access() is not enough (root, read-only mounts, quotas): try it. With a file without a name, where
  // the file system has such: nobody who is killed meanwhile leaves it behind.
  if (FileDescriptor(::open(folder.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0644))) return;
  const fs::path probe = temporary_beside(folder / "probe");
  FileDescriptor fd(::open(probe.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!fd) throw_errno("write to folder", folder.string());
  ::unlink(probe.c_str());
}

std::string folder_name(const fs::path& folder) {
  fs::path path = folder.has_filename() ? folder : folder.parent_path();
  if (path.empty() || path.filename() == "." || path.filename() == "..") {
    std::error_code gone;
    if (fs::path own = fs::canonical(folder.empty() ? "." : folder, gone); !gone) path = std::move(own);
  }
  return path.filename().string();
}

std::uint64_t free_space(const fs::path& path) {
  fs::path place = fs::absolute(path);
  while (!fs::exists(place) && place.has_relative_path()) place = place.parent_path();
  struct statvfs info {};
  if (statvfs(place.c_str(), &info) != 0) throw_errno("query free space of", place.string());
  return std::uint64_t{info.f_bavail} * info.f_frsize;
}

namespace {

/// Reading is enough to take a lock, and all that others may do with a lock file of mine. Over NFS it is not:
/// there an exclusive lock is a write lock of the server. So writing is asked for first. Never O_CREAT on a
/// file that is there: in sticky folders Linux refuses that for files of others (fs.protected_regular).
FileDescriptor open_lock(const fs::path& path, bool& made) {
  constexpr int flags = O_CLOEXEC | O_NONBLOCK;
  for (made = false;;) {
    FileDescriptor fd(::open(path.c_str(), O_RDWR | flags));
    if (!fd && (errno == EACCES || errno == EPERM || errno == EROFS))
      fd = FileDescriptor(::open(path.c_str(), O_RDONLY | flags));
    if (fd) return fd;
    if (errno != ENOENT) throw_errno("open lock", path.string());
    fd = FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | flags, 0644));
    if (fd) {
      made = true;
      // Whoever may make files beside it may lock it, whatever our umask says: it is empty.
      struct stat folder {};
      const fs::path parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
      if (::stat(parent.c_str(), &folder) == 0) ::fchmod(fd.get(), 0644 | (folder.st_mode & 0022));
      return fd;
    }
    if (errno != EEXIST) throw_errno("create lock", path.string());
  }
}

/// The file systems' ways to say that they have no flock; the last is the kernel's own ENOTSUPP.
bool is_unsupported(int error) {
  constexpr int kernel_enotsupp = 524;
  return error == ENOSYS || error == EOPNOTSUPP || error == ENOLCK || error == kernel_enotsupp;
}

/// Of a file that is locked: whether it is still the one of its name, or was removed meanwhile.
bool is_named(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && info.st_nlink > 0;
}

}  // namespace

std::optional<FileLock> FileLock::try_acquire(const fs::path& path) {
  for (bool made = false;;) {
    FileDescriptor fd = open_lock(path, made);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) {
      if (is_named(fd.get())) return FileLock(std::move(fd));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EWOULDBLOCK) return std::nullopt;
    const int reason = errno;
    if (made) ::unlink(path.c_str());
    if (is_unsupported(reason))
      throw SystemError(cat("the file system of '", path.string(),
                            "' cannot lock files (flock: ", std::strerror(reason),
                            "); choose a folder elsewhere, or have it mounted with locks (",
                            "Lustre: -o flock; NFS: a running lockd)"));
    if (reason == EBADF)
      throw SystemError(cat("cannot lock '", path.string(),
                            "': it is another user's and read-only, and this "
                            "file system (NFS) locks only what may be written; have it removed, or its mode "
                            "changed (chmod a+w)"));
    errno = reason;
    throw_errno("lock", path.string());
  }
}

void ensure_lockable_folder(const fs::path& folder) {
  ensure_writable_folder(folder);
  const fs::path probe = temporary_beside(folder / "lock-probe");
  std::error_code ignored;
  try {
    const bool locked = FileLock::try_acquire(probe).has_value();
    fs::remove(probe, ignored);
    if (!locked) throw SystemError(cat("files in '", folder.string(), "' cannot be locked"));
  } catch (...) {
    fs::remove(probe, ignored);
    throw;
  }
}

std::string owner_name(const fs::path& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return "an unknown user";
  passwd entry{}, *found = nullptr;
  char text[4096];
  if (::getpwuid_r(info.st_uid, &entry, text, sizeof text, &found) == 0 && found) return found->pw_name;
  return cat("user ", info.st_uid);
}

}  // namespace scaffold
