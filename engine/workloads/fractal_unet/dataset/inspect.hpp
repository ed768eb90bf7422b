// What a dataset or a volume is, for people, from headers and the index only.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "core/files.hpp"

namespace scaffold {

struct Inspection {
  std::vector<std::pair<std::string, std::string>> lines;  ///< label, value
  std::vector<std::string> problems;                       ///< empty: healthy as far as was looked
};

/// Throws DataError when the folder is no dataset at all or its index cannot be read.
Inspection inspect_dataset(const fs::path& folder);
/// Throws DataError when the file is no volume of ours or its header or metadata are damaged.
Inspection inspect_volume(const fs::path& file);

}  // namespace scaffold
