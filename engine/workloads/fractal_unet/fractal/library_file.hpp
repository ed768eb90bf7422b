// Private to the room: names and files of a library's folder, and library.json (docs/fractals.md).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fractal_unet/fractal/library.hpp"

namespace scaffold {

inline constexpr int library_version = 1;
inline constexpr std::uint64_t max_category_bytes = std::uint64_t{64} << 10;
inline constexpr int max_categories = 1'000'000;  ///< six digits

/// What library.json holds: the search up to attempt statistics.tried − 1.
struct LibraryRecord {
  std::string generator;
  double variance_threshold = 0, normalize = 0;
  std::uint64_t seed = 0, points = 0;
  LibraryStatistics statistics;
  std::vector<std::uint64_t> attempts;  ///< accepted ones, ascending: category k came from attempts[k]
};

fs::path category_file(const fs::path& folder, int category);
fs::path record_file(const fs::path& folder);
/// Numbers of the NNNNNN.csv files there, ascending; empty when the folder is missing. Throws SystemError
/// when it cannot be listed.
std::vector<int> category_numbers(const fs::path& folder);
/// Temporaries that a killed generator left there.
std::vector<fs::path> leftovers(const fs::path& folder);
/// "3, 7, 12 and 40 more" of the numbers below n that are not in `present`; empty when none is missing.
std::string missing_categories(const std::vector<int>& present, int n);

Ifs read_category(const fs::path& file);
/// Nothing when library.json is missing. Throws DataError when it is not ours, too new, damaged or
/// contradicts itself.
std::optional<LibraryRecord> read_record(const fs::path& folder);
void write_record(const fs::path& folder, const LibrarySpec& spec, const LibraryRecord& record);
/// Throws DataError when the library was made with other settings than its folder's name and `spec` say.
void check_record(const LibraryRecord& record, const LibrarySpec& spec);
/// Throws DataError when category k's file holds another fractal than attempt `attempt` of the seed gives.
void check_category(const Ifs& ifs, const LibrarySpec& spec, std::uint64_t attempt, const fs::path& file);

/// The decimal that Python prints: the reference's folder names.
std::string python_decimal(double value);

}  // namespace scaffold
