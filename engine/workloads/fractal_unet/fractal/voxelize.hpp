// Clouds to voxels.
#pragma once
#include <cstdint>
#include <vector>

#include "fractal_unet/fractal/cloud.hpp"

namespace scaffold {

/// Occupied voxels of a cloud in a cube of `edge` voxels: ascending, unique linear indices (d·edge + h)·edge
/// + w. One isotropic voxel size (largest extent + 1e-6)/edge in float64; each axis centered by (edge −
/// span)/2 voxels; floor, clipped to [0, edge − 1]. At most one index a point: 8 bytes · points. Throws
/// DataError on a non-finite coordinate.
std::vector<std::uint64_t> occupied_voxels(const Cloud& cloud, std::int64_t edge);

}  // namespace scaffold
