#include "fractal_unet/network/communication.hpp"

namespace scaffold {
namespace {

/// Elements that a rank sends for one convolution of one sample and channel.
std::int64_t layer_elements(const ProcessGrid& grid, const Extent3& block, std::int64_t level) {
  std::int64_t elements = 0;
  for (const auto& neighbor : grid.neighbors()) {
    std::int64_t message = 1;
    for (int axis = 0; axis < 3; ++axis)
      if (neighbor.offset[axis] == 0) message *= block[axis] >> level;
    elements += message;
  }
  return elements;
}

}  // namespace

HaloCount count_halos(const UNetOptions& o, const ProcessGrid& grid, const Extent3& block,
                      std::int64_t batch) {
  HaloCount count;
  const std::int64_t bytes = o.precision == Precision::bfloat16 ? 2 : 4;
  const auto messages = static_cast<std::int64_t>(grid.neighbors().size());
  const auto convolution = [&](std::int64_t channels, std::int64_t level, bool first) {
    const std::int64_t sent = bytes * batch * channels * layer_elements(grid, block, level);
    count.forward_bytes += sent;
    count.forward_messages += messages;
    const int again = (o.activation_checkpointing ? 1 : 0) + (first ? 0 : 1);
    count.backward_bytes += again * sent;
    count.backward_messages += again * messages;
  };
  for (std::int64_t level = 0; level <= o.levels; ++level) {
    convolution(level == 0 ? o.in_channels : o.width << (level - 1), level, level == 0);
    convolution(o.width << level, level, false);
  }
  for (std::int64_t level = o.levels - 1; level >= 0; --level) {
    convolution(o.width << (level + 1), level, false);  // [skip, up]
    convolution(o.width << level, level, false);
  }
  return count;
}

}  // namespace scaffold
