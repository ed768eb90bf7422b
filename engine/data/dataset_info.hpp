// A dataset that is there, in numbers.
#pragma once
#include <cstdint>
#include <string>

#include "core/extent.hpp"
#include "core/files.hpp"

namespace scaffold {

struct DatasetInfo {
  fs::path folder;
  std::string hash, format;  ///< format: how samples are stored
  Extent3 extents{};         ///< of a sample
  std::int64_t classes = 0;  ///< of its labels; 0: it has none
  std::int64_t samples = 0, training = 0, validation = 0;
  std::uint64_t bytes = 0;        ///< of all samples' files
  double generation_seconds = 0;  ///< 0 when it was reused
};

}  // namespace scaffold
