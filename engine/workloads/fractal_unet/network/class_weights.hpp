// Class weights of the cross-entropy, from the masks of a few training volumes.
#pragma once
#include <cstdint>
#include <vector>

#include "comm/communicator.hpp"
#include "fractal_unet/dataset/reader.hpp"

namespace scaffold {

/// Positions of the sampled masks: s = ceil(fraction·n) of n, floor(i·(n−1)/(s−1)) for i = 0 … s−1.
std::vector<std::int64_t> sampled_positions(std::int64_t n, double fraction);

/// Background = total/background voxels, every foreground class = total/foreground voxels; all 1 when either
/// is missing.
std::vector<float> class_weights(std::uint64_t background, std::uint64_t foreground, std::int64_t classes);

/// From the dataset's training volumes (which are in ascending number); the masks are shared out among the
/// ranks. Collective.
std::vector<float> class_weights(const DatasetReader& reader, double sample_fraction, int threads,
                                 Communicator& ranks);

}  // namespace scaffold
