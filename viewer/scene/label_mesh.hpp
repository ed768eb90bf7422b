// Occupied voxels as geometry: these volumes are sparse, so only what can be seen is made.
#pragma once
#include <cstdint>
#include <vector>

#include "scene/label_volume.hpp"

namespace scaffold::viewer {

/// A class's voxels: corners of the faces that no voxel of a drawn class covers, four a quad,
/// counter-clockwise from outside, in voxels of the file (x, y, z = D, H, W).
struct FaceMesh {
  std::vector<float> corners;        ///< 3 floats a corner
  std::vector<std::int8_t> normals;  ///< by quad: axis + 1, negative towards lower coordinates
  std::size_t quads() const { return normals.size(); }
};

/// Which voxels of a volume: [begin, end) is made; what lies outside [seen_begin, seen_end) counts as empty.
/// All in voxels of the volume; `origin` is that of its voxel (0, 0, 0), in voxels of the file.
struct MeshBox {
  Index3 begin{}, end{}, seen_begin{}, seen_end{}, origin{};
};
/// The whole box is made and is all that is seen.
MeshBox only(const Index3& begin, const Index3& end);

/// Appends; `drawn[c]`: class c is drawn opaquely, so that it hides what it touches.
void visible_faces(const LabelVolume& volume, std::uint8_t label, const std::vector<bool>& drawn,
                   const MeshBox& box, FaceMesh& mesh);

/// Appends the centers of a class's voxels, 3 floats each.
void voxel_centers(const LabelVolume& volume, std::uint8_t label, const MeshBox& box,
                   std::vector<float>& centers);

}  // namespace scaffold::viewer
