// A text file that grows line by line: each line by one write, never a torn line before a whole one.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "core/files.hpp"

namespace scaffold {

class LineFile {
 public:
  LineFile() = default;
  /// Opens or creates the file for appending and cuts off a last line that has no line feed.
  /// SystemError when it cannot be opened or written.
  explicit LineFile(const std::filesystem::path& path);
  /// Appends `line` and a line feed. When the system refuses (disk full), what was written of it is taken
  /// back and SystemError thrown. With `durable` the line is synced before the call returns.
  void append(std::string_view line, bool durable);
  std::uint64_t size() const { return size_; }

 private:
  std::filesystem::path path_;
  FileDescriptor fd_;
  std::uint64_t size_ = 0;
};

}  // namespace scaffold
