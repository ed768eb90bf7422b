// What a cloud is like, in a few numbers: for the viewer's gallery.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "fractal_unet/fractal/cloud.hpp"
#include "fractal_unet/fractal/ifs.hpp"

namespace scaffold {

struct CloudMeasures {
  /// Population variance along x, y, z after centering and scaling by 2·normalize/extent, as a candidate is
  /// tested by, but of the float32 cloud; 0 along a flat axis.
  std::array<double, 3> variance{};
  std::array<double, 3> extent{};  ///< max − min
  std::uint64_t voxels = 0;        ///< distinct voxels of the cloud in the library's cube
  double distinct = 0;             ///< voxels / points: 1 where no two points share one
  double occupancy = 0;            ///< voxels / edge³
  std::optional<double> dimension;
};

/// Of a finite cloud of one point or more in a cube of `edge` voxels; throws DataError otherwise.
CloudMeasures measure(const Cloud& cloud, std::int64_t edge, double normalize = 1);

/// Box-counting dimension, d = lim log N(s) / log(1/s) for N(s) boxes of edge s that hold a point
/// (K. Falconer, "Fractal Geometry", 3rd ed. 2014, definition 2.1): here the least-squares slope of log₂ N
/// against j for s = 2⁻ʲ of the largest extent, the boxes beginning at the cloud's lowest corner, j = 1, 2, …
/// for as long as there are four points or more for each box found (with fewer, boxes of the set stay empty
/// by chance), and j ≤ 20 (float32). From 0 to 3 up to rounding. Nothing where fewer than two sizes are left:
/// a cloud that fills a cube needs 256 points. Comes out low where points lie very unevenly, since
/// thin parts are not resolved, and where a set's border is rough (1.8 for a twin dragon of 65 536 points).
/// Time: sizes · points · log(points).
std::optional<double> box_dimension(const Cloud& cloud);

/// Of the matrix: the factor by which the map changes volumes.
double determinant(const AffineMap& map);

/// Edge of the cube for a cloud of `points` points (points = edge³/256): the nearest power of two from 2 to
/// 2¹⁴.
std::int64_t cube_edge(std::uint64_t points);

}  // namespace scaffold
