// What fractal libraries are under a path, from names and library.json alone: for `scaffold inspect` and the
// viewer.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "fractal_unet/fractal/library.hpp"

namespace scaffold {

/// One library, ours or the reference's.
struct LibrarySummary {
  fs::path folder;
  bool from_reference = false;
  int categories = 0;               ///< CSV files present
  std::optional<LibrarySpec> spec;  ///< from library.json, else from the folders' names (normalize 1)
  std::optional<LibraryStatistics> statistics;  ///< from library.json
  std::string generator;                        ///< "scaffold 0.1.0"; empty when unknown
  std::vector<std::string> problems;  ///< holes, unreadable or odd files, a bad library.json; empty = healthy
  std::vector<std::string> notes;     ///< nothing wrong, but worth knowing
};

struct LibraryInfo {
  std::vector<LibrarySummary> libraries;  ///< sorted by folder
};

/// True where inspect_library(path) would find something; never throws.
bool is_library_path(const fs::path& path);
/// `path` is a points<N> or 3DIFS_param folder, or any folder above (seed<seed>, var<threshold>,
/// fract_base_dir). Throws DataError when no library is there. CSV contents are not read.
LibraryInfo inspect_library(const fs::path& path);

}  // namespace scaffold
