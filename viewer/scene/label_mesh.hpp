// Occupied voxels as geometry: these volumes are sparse, so only what can be seen is made.
#pragma once
#include <cstdint>
#include <vector>

#include "scene/label_volume.hpp"

namespace scaffold::viewer {

/// A class's voxels: corners of the faces that no voxel of a drawn class covers, four a quad,
/// counter-clockwise from outside, in voxel units (x, y, z = D, H, W).
struct FaceMesh {
  std::vector<float> corners;        ///< 3 floats a corner
  std::vector<std::int8_t> normals;  ///< by quad: axis + 1, negative towards lower coordinates
  std::size_t quads() const { return normals.size(); }
};

/// `drawn[c]`: class c is drawn opaquely, so that it hides what it touches. Of the box [begin, end).
FaceMesh visible_faces(const LabelVolume& volume, std::uint8_t label, const std::vector<bool>& drawn,
                       const std::array<std::int64_t, 3>& begin, const std::array<std::int64_t, 3>& end);

/// Centres of a class's voxels, 3 floats each, in the box.
std::vector<float> voxel_centres(const LabelVolume& volume, std::uint8_t label,
                                 const std::array<std::int64_t, 3>& begin,
                                 const std::array<std::int64_t, 3>& end);

}  // namespace scaffold::viewer
