// Files appear whole or not at all: written beside, synced, renamed.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace scaffold {

namespace fs = std::filesystem;

/// Owns a file descriptor.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();
  int get() const { return fd_; }
  int release() noexcept {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// Opens for reading; throws DataError naming the file when it is missing or unreadable.
FileDescriptor open_read(const fs::path& path);
/// Reads exactly `size` bytes at `offset`; throws DataError on a short file.
void pread_exact(int fd, void* into, std::size_t size, std::uint64_t offset, const fs::path& path);
/// Whole file as text, at most max_bytes (else DataError).
std::string read_text(const fs::path& path, std::uint64_t max_bytes = std::uint64_t{64} << 20);
/// The same of a regular file only, as those in folders of ours are: a pipe among them would be waited for.
std::string read_regular_text(const fs::path& path, std::uint64_t max_bytes = std::uint64_t{64} << 20);
/// Writes `text` so that the file appears whole (temporary beside it, fsync, rename, fsync of the folder).
void write_atomic(const fs::path& path, std::string_view text);
/// The same with `mode` for its permissions, whatever the umask says; nobody has more while it is written.
void write_atomic(const fs::path& path, std::string_view text, unsigned mode);
/// fsync of a file or folder, by name.
void sync_path(const fs::path& path);
/// Rename and make it durable; both must be on one file system. SystemError, and nothing done, where a
/// device, pipe or socket is in the place.
void publish(const fs::path& from, const fs::path& to);
/// A name beside `path` that no other process uses: ".<name>.<host>-<pid>-<n>.tmp".
fs::path temporary_beside(const fs::path& path);
/// Removes what temporary_beside named and a killed process left, in `folder` and below it (no links
/// followed). The caller must own the folder. How many were removed.
int remove_temporaries(const fs::path& folder);
/// mkdir -p with an error that says why; checks that the folder can be written to.
void ensure_writable_folder(const fs::path& folder);
/// The folder's own name, also where it was given as ".", "x/" or "x/..".
std::string folder_name(const fs::path& folder);
/// Bytes a normal user may still write on the file system that holds `path` (or its nearest existing parent).
std::uint64_t free_space(const fs::path& path);

/// ensure_writable_folder, and SystemError where files in it cannot be locked: known before work, not after.
void ensure_lockable_folder(const fs::path& folder);
/// Who owns a file, for messages: the user's name, or "user <number>".
std::string owner_name(const fs::path& path);

/// Exclusive advisory lock (flock) on a file, released on destruction or process death. The file may be
/// another user's, who let us read it.
class FileLock {
 public:
  /// Takes the lock or returns nothing when another process holds it. Makes the file where there is none.
  /// SystemError where it cannot be opened, or the file system has no locks.
  static std::optional<FileLock> try_acquire(const fs::path& path);

 private:
  explicit FileLock(FileDescriptor fd) : fd_(std::move(fd)) {}
  FileDescriptor fd_;
};

}  // namespace scaffold
