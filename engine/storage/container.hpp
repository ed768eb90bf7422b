// The header in the user block of our HDF5 files (docs/formats.md). It lets a reader refuse a foreign, newer,
// truncated or damaged file before libhdf5, which can crash on random bytes, sees it; h5py and h5dump skip
// it.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/files.hpp"

namespace scaffold {

/// Bytes that the metadata checksum leaves out, with a checksum of their own.
struct BulkRange {
  std::uint64_t offset = 0, bytes = 0, xxh3 = 0;  ///< offset from the start of the file
  bool operator==(const BulkRange&) const = default;
};

struct HeaderInfo {
  std::string kind;  ///< "volume", "checkpoint", "prediction", …: lower-case letters and '_'
  int version = 0;   ///< of that kind's format, from 1
  std::uint64_t user_block = 0, file_size = 0;
  std::uint64_t metadata_xxh3 = 0;  ///< of everything after the user block but the bulk ranges
  std::vector<BulkRange> bulk;      ///< ascending, not overlapping
};

/// The header alone (no libhdf5, no checksum of the contents). Throws DataError: missing, foreign, HDF5 but
/// not ours, newer header, damaged header, shorter or longer than recorded.
HeaderInfo read_header(const fs::path& path);
/// Whether the file begins like one of ours; false as well when it cannot be read.
bool is_container(const fs::path& path);
/// read_header, and the kind and version are what the caller reads, and the metadata checksum fits.
HeaderInfo check_container(const fs::path& path, const std::string& kind, int newest_version);
/// Checksums of all bulk ranges; throws DataError at the first that differs.
void verify_bulk(const fs::path& path, const HeaderInfo& header);

/// Smallest user block (a power of two, as HDF5 wants) whose header can list `bulk_ranges` ranges.
std::uint64_t user_block_size(std::uint64_t bulk_ranges);
/// Fills in file_size and metadata_xxh3 from the finished file and writes the header into its user block.
void write_header(const fs::path& path, HeaderInfo header);

}  // namespace scaffold
