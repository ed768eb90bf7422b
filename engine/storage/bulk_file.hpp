// Reading the bulk of a volume: large ranges, each with a checksum.
#pragma once
#include <cstddef>
#include <memory>

#include "core/files.hpp"
#include "storage/checksum.hpp"

namespace scaffold {

class BulkFile {
 public:
  /// Opens for reading; DataError as open_read(). `direct` goes around the page cache (O_DIRECT): for
  /// datasets that do not fit it, on storage that is faster than a copy of every byte through it. File
  /// systems that know no such thing are read as usual.
  explicit BulkFile(const fs::path& path, bool direct = false);

  /// Reads exactly `size` bytes at `offset` and adds them to `sum`, a piece at a time, so that they are added
  /// while they are in the cache. DataError on a short file.
  void read(void* into, std::size_t size, std::uint64_t offset, Checksum& sum) const;
  /// Bytes of a piece.
  static constexpr std::size_t piece = std::size_t{128} << 10;

 private:
  void read_direct(unsigned char* into, std::size_t size, std::uint64_t offset, Checksum& sum) const;

  struct Free {
    void operator()(unsigned char* memory) const;
  };
  fs::path path_;
  FileDescriptor file_;
  std::unique_ptr<unsigned char[], Free> bounce_;  ///< when direct: aligned as O_DIRECT wants it
};

}  // namespace scaffold
