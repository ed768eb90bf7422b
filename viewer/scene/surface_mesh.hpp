// A surface around the voxels of a class that loses none of them. Other than by smoothing alone, which
// shrinks a voxel that stands by itself to nothing, points go outwards only: steps are filled up to a slope,
// and what sticks out stays where it is.
//
//   const SurfaceMesh mesh = enclosing_surface(volume, 1, {0, 0, 0}, volume.extent, 1);
#pragma once
#include <cstdint>
#include <vector>

#include "scene/label_volume.hpp"

namespace scaffold::viewer {

/// Quads counter-clockwise from outside, in voxels of the file (x, y, z = D, H, W).
struct SurfaceMesh {
  std::vector<float> points;        ///< 3 floats a point
  std::vector<std::int32_t> quads;  ///< 4 points a quad
  /// 3 floats for each of a quad's corners, of length 1: the mean of the quads around the point that turn
  /// away from this one by about half a right angle at most, so that what is sharp stays sharp.
  std::vector<float> normals;
};

/// Of the voxels in [begin, end) of the volume, as if there were none outside. It begins as the voxels' outer
/// faces, a point at each of their corners. Each point may then go outwards to the middle of its neighbors,
/// at most by `smoothing` (0 to 1) half voxels along each axis.
SurfaceMesh enclosing_surface(const LabelVolume& volume, std::uint8_t label, const Index3& begin,
                              const Index3& end, double smoothing);

}  // namespace scaffold::viewer
