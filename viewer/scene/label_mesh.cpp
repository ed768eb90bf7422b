#include "scene/label_mesh.hpp"

#include "scene/each_voxel.hpp"

namespace scaffold::viewer {

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
          mesh.corners.push_back(origin[i] + step * static_cast<float>(at[i] + corner[i]));
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
