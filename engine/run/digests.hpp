// digests.json: checksums of a folder's records, so that a number or byte that was changed later is noticed.
// They tell damage and careless edits; who means to deceive can write new ones. Format: docs/campaign.md.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace scaffold {

inline constexpr const char* digests_file = "digests.json";

struct FileDigest {
  std::string file;  ///< relative to the folder, with '/'
  std::uint64_t bytes = 0, xxh3 = 0;
  /// Of text files that consist of lines (.csv, .json, .jsonl, .yaml), to tell where they differ: a digest of
  /// each `lines_each` lines.
  std::uint64_t lines_each = 0;
  std::vector<std::uint64_t> parts;
  bool operator==(const FileDigest&) const = default;
};

/// DataError when the file cannot be read.
FileDigest digest_of(const std::filesystem::path& folder, const std::string& file);
/// Writes digests.json for those of `files` that are there. SystemError when it cannot be written.
void write_digests(const std::filesystem::path& folder, const std::vector<std::string>& files);
/// DataError, naming the file, when it is missing, not ours or itself altered.
std::vector<FileDigest> read_digests(const std::filesystem::path& folder);

/// The records of a run that its digests cover, relative to its folder: what is there of them.
/// `checkpoints`: the run's checkpoint folder, inside it or not; both paths absolute.
std::vector<std::string> run_records(const std::filesystem::path& run_dir,
                                     const std::filesystem::path& checkpoints);

}  // namespace scaffold
