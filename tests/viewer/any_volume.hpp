// Random label volumes.
#pragma once
#include <rapidcheck.h>

#include "scene/label_volume.hpp"

namespace scaffold::testing {

/// Mostly empty, as fractals are.
inline viewer::LabelVolume any_volume(std::int64_t longest) {
  viewer::LabelVolume volume;
  for (auto& extent : volume.extent) extent = *rc::gen::inRange<std::int64_t>(1, longest);
  const auto n = static_cast<std::size_t>(volume.extent[0] * volume.extent[1] * volume.extent[2]);
  const auto seed = *rc::gen::arbitrary<std::uint32_t>();
  const auto one_in = *rc::gen::inRange<std::uint32_t>(2, 40);
  volume.labels.resize(n);
  std::uint32_t state = seed | 1;
  for (auto& label : volume.labels) {
    state = state * 1664525u + 1013904223u;
    label = (state >> 8) % one_in == 0 ? static_cast<std::uint8_t>(1 + (state >> 20) % 3) : 0;
  }
  return volume;
}

}  // namespace scaffold::testing
