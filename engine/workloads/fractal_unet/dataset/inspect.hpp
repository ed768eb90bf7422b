// What a dataset or a volume is, for people, from headers and the index only.
#pragma once
#include "workload/artifacts.hpp"

namespace scaffold {

/// Throws DataError when the folder is no dataset at all or its index cannot be read.
Inspection inspect_dataset(const fs::path& folder);
/// Throws DataError when the file is no volume of ours or its header or metadata are damaged.
Inspection inspect_volume(const fs::path& file);

}  // namespace scaffold
