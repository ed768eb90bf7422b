// What a folder's file system is and does, measured with a file of our own that is removed again.
#pragma once
#include <string>

#include "core/files.hpp"

namespace scaffold {

struct DiskSpeed {
  double write_bytes_per_second = 0;  ///< fsync included
  double read_bytes_per_second = 0;   ///< after the system was asked to forget the file
};

/// In a folder that exists and can be written to. Throws SystemError or DataError naming the file,
/// Interrupted at a signal.
DiskSpeed probe_disk(const fs::path& folder, std::uint64_t bytes);

/// A file of `bytes` bytes, on the disk when it returns; one that is there is replaced. Errors as above.
void write_probe(const fs::path& file, std::uint64_t bytes);
/// Reads as many from its beginning, a few MiB at a time.
void read_probe(const fs::path& file, std::uint64_t bytes);

/// "ext4", "nfs", "lustre", "tmpfs", …; "" when the kernel knows no name for it.
std::string file_system_type(const fs::path& folder);

}  // namespace scaffold
