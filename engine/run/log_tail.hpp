// The end of a log that grows: whole lines of it, by their place.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "core/files.hpp"

namespace scaffold::monitor {

/// Tells logs apart: made from the first line, which never changes. 0 where `beginning` has no whole line.
std::uint64_t log_id(std::string_view beginning);

class LogTail {
 public:
  explicit LogTail(fs::path path) : path_(std::move(path)) {}
  /// Looks again. A log that is missing or cannot be read has no bytes; one whose folder was moved or removed
  /// while it was read goes on.
  void refresh();
  /// Bytes up to the end of its last whole line.
  std::uint64_t size() const { return size_; }
  /// log_id(); 0 before there is a line.
  std::uint64_t id() const { return id_; }
  /// At most `most` bytes from `offset` on.
  std::string read(std::uint64_t offset, std::size_t most) const;

 private:
  fs::path path_;
  FileDescriptor fd_;
  std::uint64_t size_ = 0, id_ = 0;
};

}  // namespace scaffold::monitor
