// A validation sample as the network saw it: plain data, filled by the trainer, read by those who watch.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "run/records.hpp"

namespace scaffold {

struct VolumeSnapshot {
  std::int64_t epoch = 0, volume = 0;        ///< epoch 1-based; number of the volume in the dataset
  std::array<std::int64_t, 3> dims{};        ///< of the arrays here, D, H, W
  int reduction = 0;                         ///< they are 2^reduction coarser than the volume along each axis
  std::string score = default_score().name;  ///< the workload's metric that `scores` are of
  std::vector<double> scores;                ///< by class, of the whole volume at full resolution
  std::vector<std::uint8_t> prediction, truth;  ///< classes, [D, H, W]
};

/// Labels at half the resolution: of each 2 × 2 × 2 voxels the most frequent class that is not background,
/// the lowest of several, so that thin structures stay visible. Odd extents round up.
inline std::vector<std::uint8_t> halved(const std::vector<std::uint8_t>& labels,
                                        const std::array<std::int64_t, 3>& dims) {
  const std::array<std::int64_t, 3> half{(dims[0] + 1) / 2, (dims[1] + 1) / 2, (dims[2] + 1) / 2};
  std::vector<std::uint8_t> out(static_cast<std::size_t>(half[0] * half[1] * half[2]));
  std::size_t at = 0;
  for (std::int64_t z = 0; z < half[0]; ++z)
    for (std::int64_t y = 0; y < half[1]; ++y)
      for (std::int64_t x = 0; x < half[2]; ++x, ++at) {
        std::array<std::uint8_t, 8> found{};
        int n = 0;
        for (int corner = 0; corner < 8; ++corner) {
          const std::int64_t d = 2 * z + (corner >> 2), h = 2 * y + (corner >> 1 & 1),
                             w = 2 * x + (corner & 1);
          if (d >= dims[0] || h >= dims[1] || w >= dims[2]) continue;
          const std::uint8_t label = labels[static_cast<std::size_t>((d * dims[1] + h) * dims[2] + w)];
          if (label) found[static_cast<std::size_t>(n++)] = label;
        }
        int most = 0;
        for (int i = 0; i < n; ++i) {
          int votes = 0;
          for (int j = 0; j < n; ++j)
            votes += found[static_cast<std::size_t>(j)] == found[static_cast<std::size_t>(i)];
          const std::uint8_t label = found[static_cast<std::size_t>(i)];
          if (votes > most || (votes == most && label < out[at])) {
            most = votes;
            out[at] = label;
          }
        }
      }
  return out;
}

}  // namespace scaffold
