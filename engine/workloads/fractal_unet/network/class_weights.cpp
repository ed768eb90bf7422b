#include "fractal_unet/network/class_weights.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>

#include "core/log.hpp"
#include "core/parallel.hpp"
#include "fractal_unet/network/volume.hpp"

namespace scaffold {

std::vector<std::int64_t> sampled_positions(std::int64_t n, double fraction) {
  const auto wanted = static_cast<std::int64_t>(std::ceil(static_cast<double>(n) * fraction));
  const std::int64_t s = std::clamp<std::int64_t>(wanted, std::min<std::int64_t>(n, 1), n);
  std::vector<std::int64_t> positions;
  for (std::int64_t i = 0; i < s; ++i) positions.push_back(s == 1 ? 0 : i * (n - 1) / (s - 1));
  return positions;
}

std::vector<float> class_weights(std::uint64_t background, std::uint64_t foreground, std::int64_t classes) {
  std::vector<float> weights(classes, 1.0F);
  if (background == 0 || foreground == 0) {
    log::warning("the sampled masks hold only background or only foreground: all class weights are 1");
    return weights;
  }
  const auto total = static_cast<double>(background + foreground);
  std::fill(weights.begin(), weights.end(), static_cast<float>(total / static_cast<double>(foreground)));
  weights[0] = static_cast<float>(total / static_cast<double>(background));
  return weights;
}

std::vector<float> class_weights(const DatasetReader& reader, double sample_fraction, int threads,
                                 Communicator& ranks) {
  const auto& training = reader.training();
  const auto positions = sampled_positions(static_cast<std::int64_t>(training.size()), sample_fraction);
  std::atomic<std::int64_t> background{0}, total{0};
  // A shard at a time: a whole volume need not fit.
  const std::int64_t shards = reader.layout().count();
  const auto items = static_cast<std::int64_t>(positions.size()) * shards;
  const auto stride = static_cast<std::int64_t>(ranks.size());
  const std::int64_t own = (items - ranks.rank() + stride - 1) / stride;
  parallel_for(static_cast<std::uint64_t>(std::max<std::int64_t>(own, 0)), threads, [&](std::uint64_t i) {
    const auto item = i * static_cast<std::uint64_t>(stride) + static_cast<std::uint64_t>(ranks.rank());
    const auto shard = static_cast<std::int64_t>(item) % shards;
    std::vector<std::uint8_t> mask(static_cast<std::size_t>(reader.layout().block(shard).voxels()));
    reader.read_block(training[positions[item / static_cast<std::uint64_t>(shards)]], shard, nullptr,
                      mask.data());
    background += std::count(mask.begin(), mask.end(), std::uint8_t{0});
    total += static_cast<std::int64_t>(mask.size());
  });
  std::array<std::int64_t, 2> counts{background, total};
  sum(ranks, counts);
  return class_weights(static_cast<std::uint64_t>(counts[0]),
                       static_cast<std::uint64_t>(counts[1] - counts[0]),
                       reader.index().spec.n_categories + 1);
}

}  // namespace scaffold
