// A dataset that is there, in numbers.
#pragma once
#include <cstdint>
#include <string>

#include "core/files.hpp"

namespace scaffold {

struct DatasetInfo {
  fs::path folder;
  std::string hash, format;            ///< format: how samples are stored
  std::int64_t edge = 0, classes = 0;  ///< voxels along an axis of a volume; classes of its labels
  std::int64_t volumes = 0, training = 0, validation = 0;
  std::uint64_t bytes = 0;        ///< of all samples' files
  double generation_seconds = 0;  ///< 0 when it was reused
};

}  // namespace scaffold
