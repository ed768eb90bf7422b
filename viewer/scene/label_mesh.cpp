#include "scene/label_mesh.hpp"

#include <cstring>

namespace scaffold::viewer {
namespace {

/// Calls body(d, h, w) for each voxel of the class; volumes are nearly empty, so eight voxels are looked at
/// at once.
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

/// The four corners of the face of a unit cube towards axis and side, counter-clockwise from outside.
constexpr float cube_faces[6][4][3] = {
    {{0, 0, 0}, {0, 0, 1}, {0, 1, 1}, {0, 1, 0}}, {{1, 0, 0}, {1, 1, 0}, {1, 1, 1}, {1, 0, 1}},
    {{0, 0, 0}, {1, 0, 0}, {1, 0, 1}, {0, 0, 1}}, {{0, 1, 0}, {0, 1, 1}, {1, 1, 1}, {1, 1, 0}},
    {{0, 0, 0}, {0, 1, 0}, {1, 1, 0}, {1, 0, 0}}, {{0, 0, 1}, {1, 0, 1}, {1, 1, 1}, {0, 1, 1}}};

}  // namespace

MeshBox only(const Index3& begin, const Index3& end) { return {begin, end, begin, end, {}}; }

void visible_faces(const LabelVolume& volume, std::uint8_t label, const std::vector<bool>& drawn,
                   const MeshBox& box, FaceMesh& mesh) {
  const auto step = static_cast<float>(volume.step);
  const float origin[3] = {static_cast<float>(box.origin[0]), static_cast<float>(box.origin[1]),
                           static_cast<float>(box.origin[2])};
  each_voxel(volume, label, box.begin, box.end, [&](std::int64_t d, std::int64_t h, std::int64_t w) {
    const Index3 at{d, h, w};
    for (std::size_t face = 0; face < 6; ++face) {
      const std::size_t axis = face / 2, side = face % 2;
      Index3 next = at;
      next[axis] += side ? 1 : -1;
      if (next[axis] >= box.seen_begin[axis] && next[axis] < box.seen_end[axis]) {
        const std::uint8_t other = volume.at(next);
        // A face between two voxels of one class is inside it, however transparent.
        if (other == label || (other != 0 && other < drawn.size() && drawn[other])) continue;
      }
      for (const auto& corner : cube_faces[face])
        for (std::size_t i = 0; i < 3; ++i)
          mesh.corners.push_back(origin[i] + step * (static_cast<float>(at[i]) + corner[i]));
      mesh.normals.push_back(static_cast<std::int8_t>(side ? axis + 1 : -(static_cast<int>(axis) + 1)));
    }
  });
}

void voxel_centers(const LabelVolume& volume, std::uint8_t label, const MeshBox& box,
                   std::vector<float>& centers) {
  const float step = static_cast<float>(volume.step);
  each_voxel(volume, label, box.begin, box.end, [&](std::int64_t d, std::int64_t h, std::int64_t w) {
    const Index3 at{d, h, w};
    for (std::size_t i = 0; i < 3; ++i)
      centers.push_back(static_cast<float>(box.origin[i]) + step * (static_cast<float>(at[i]) + 0.5f));
  });
}

}  // namespace scaffold::viewer
