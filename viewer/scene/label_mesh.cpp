#include "scene/label_mesh.hpp"

#include <cstring>

namespace scaffold::viewer {
namespace {

using Index = std::array<std::int64_t, 3>;

/// Calls body(d, h, w) for each voxel of the class; volumes are nearly empty, so eight voxels are looked at
/// at once.
template <class Body>
void each_voxel(const LabelVolume& volume, std::uint8_t label, const Index& begin, const Index& end,
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

/// The four corners of the face of a unit cube towards axis and side, counter-clockwise from outside.
constexpr float cube_faces[6][4][3] = {
    {{0, 0, 0}, {0, 0, 1}, {0, 1, 1}, {0, 1, 0}}, {{1, 0, 0}, {1, 1, 0}, {1, 1, 1}, {1, 0, 1}},
    {{0, 0, 0}, {1, 0, 0}, {1, 0, 1}, {0, 0, 1}}, {{0, 1, 0}, {0, 1, 1}, {1, 1, 1}, {1, 1, 0}},
    {{0, 0, 0}, {0, 1, 0}, {1, 1, 0}, {1, 0, 0}}, {{0, 0, 1}, {1, 0, 1}, {1, 1, 1}, {0, 1, 1}}};

}  // namespace

FaceMesh visible_faces(const LabelVolume& volume, std::uint8_t label, const std::vector<bool>& drawn,
                       const Index& begin, const Index& end) {
  FaceMesh mesh;
  each_voxel(volume, label, begin, end, [&](std::int64_t d, std::int64_t h, std::int64_t w) {
    const Index at{d, h, w};
    for (int face = 0; face < 6; ++face) {
      const int axis = face / 2, side = face % 2;
      Index next = at;
      next[axis] += side ? 1 : -1;
      if (next[axis] >= begin[axis] && next[axis] < end[axis]) {
        const std::uint8_t other = volume.at(next[0], next[1], next[2]);
        // A face between two voxels of one class is inside it, however transparent.
        if (other == label || (other != 0 && other < drawn.size() && drawn[other])) continue;
      }
      for (const auto& corner : cube_faces[face])
        for (int i = 0; i < 3; ++i)
          mesh.corners.push_back(static_cast<float>(volume.step) * (static_cast<float>(at[i]) + corner[i]));
      mesh.normals.push_back(static_cast<std::int8_t>(side ? axis + 1 : -(axis + 1)));
    }
  });
  return mesh;
}

std::vector<float> voxel_centres(const LabelVolume& volume, std::uint8_t label, const Index& begin,
                                 const Index& end) {
  std::vector<float> centres;
  const float step = static_cast<float>(volume.step);
  each_voxel(volume, label, begin, end, [&](std::int64_t d, std::int64_t h, std::int64_t w) {
    for (const auto v : {d, h, w}) centres.push_back(step * (static_cast<float>(v) + 0.5f));
  });
  return centres;
}

}  // namespace scaffold::viewer
