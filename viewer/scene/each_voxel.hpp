// The voxels of a class, found quickly: volumes are nearly empty.
#pragma once
#include <cstdint>
#include <cstring>

#include "scene/label_volume.hpp"

namespace scaffold::viewer {

/// Calls body(d, h, w) for each voxel of the class in [begin, end); where it is empty, eight voxels are
/// looked at at once.
template <class Body>
void each_voxel(const LabelVolume& volume, std::uint8_t label, const Index3& begin, const Index3& end,
                Body&& body) {
  for (std::int64_t d = begin[0]; d < end[0]; ++d)
    for (std::int64_t h = begin[1]; h < end[1]; ++h) {
      const std::uint8_t* row =
          volume.labels.data() + static_cast<std::size_t>((d * volume.extent[1] + h) * volume.extent[2]);
      std::int64_t w = begin[2];
      while (w < end[2]) {
        if (w + 8 <= end[2]) {
          std::uint64_t eight;
          std::memcpy(&eight, row + w, 8);
          if (eight == 0) {
            w += 8;
            continue;
          }
        }
        if (row[w] == label) body(d, h, w);
        ++w;
      }
    }
}

/// The corners of the face of a unit cube towards axis and side (2 · axis + side), counter-clockwise from
/// outside.
inline constexpr std::int8_t cube_faces[6][4][3] = {
    {{0, 0, 0}, {0, 0, 1}, {0, 1, 1}, {0, 1, 0}}, {{1, 0, 0}, {1, 1, 0}, {1, 1, 1}, {1, 0, 1}},
    {{0, 0, 0}, {1, 0, 0}, {1, 0, 1}, {0, 0, 1}}, {{0, 1, 0}, {0, 1, 1}, {1, 1, 1}, {1, 1, 0}},
    {{0, 0, 0}, {0, 1, 0}, {1, 1, 0}, {1, 0, 0}}, {{0, 0, 1}, {1, 0, 1}, {1, 1, 1}, {0, 1, 1}}};

}  // namespace scaffold::viewer
