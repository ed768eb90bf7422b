// Points are counted into planes (one value of d), then each plane is made ascending and unique on its own:
// by a bitmap of the plane where that is cheaper than sorting its points.
#include "fractal_unet/fractal/voxelize.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <span>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

/// Coordinate to voxel along one axis.
struct Axis {
  double low, voxel, offset;
  std::int64_t last;

  /// floor, clipped to [0, last]: truncation, since what is below 0 is clipped anyway.
  std::int64_t operator()(float coordinate) const {
    const double position = (static_cast<double>(coordinate) - low) / voxel + offset;
    if (!(position > 0)) return 0;
    return position >= static_cast<double>(last) ? last : static_cast<std::int64_t>(position);
  }
};

struct Extent {
  double low, high;
};

Extent extent_of(const std::vector<float>& values, char axis) {
  float low = values[0], high = values[0];
  bool finite = true;
  for (const float v : values) {
    finite = finite && std::abs(v) <= std::numeric_limits<float>::max();
    low = std::min(low, v);
    high = std::max(high, v);
  }
  if (!finite)
    throw DataError(
        cat("a cloud's ", axis, " coordinates are not all finite numbers: it cannot be turned into voxels"));
  return {low, high};
}

/// Sorts and makes unique the (h·edge + w) codes of one plane.
class Plane {
 public:
  Plane(std::uint64_t edge, std::vector<std::uint64_t>& into) : edge_(edge), into_(into) {}

  void add(std::uint64_t d, std::span<std::uint32_t> codes) {
    const std::uint64_t start = d * edge_ * edge_, words = (edge_ * edge_ + 63) / 64;
    if (codes.size() * 8 < words) {
      std::sort(codes.begin(), codes.end());
      const auto end = std::unique(codes.begin(), codes.end());
      for (auto code = codes.begin(); code != end; ++code) into_.push_back(start + *code);
      return;
    }
    bits_.assign(words, 0);
    for (const std::uint32_t code : codes) bits_[code / 64] |= std::uint64_t{1} << code % 64;
    for (std::uint64_t word = 0; word < words; ++word)
      for (std::uint64_t left = bits_[word]; left != 0; left &= left - 1)
        into_.push_back(start + word * 64 + static_cast<unsigned>(std::countr_zero(left)));
  }

 private:
  std::uint64_t edge_;
  std::vector<std::uint64_t>& into_;
  std::vector<std::uint64_t> bits_;
};

std::vector<std::uint64_t> by_planes(const Cloud& cloud, const std::array<Axis, 3>& axes,
                                     std::uint64_t edge) {
  const std::size_t n = cloud.size();
  std::vector<std::uint16_t> plane(n);
  std::vector<std::uint64_t> begin(edge + 1, 0);
  for (std::size_t i = 0; i < n; ++i) {
    plane[i] = static_cast<std::uint16_t>(axes[0](cloud.x[i]));
    ++begin[plane[i] + std::size_t{1}];
  }
  for (std::uint64_t d = 0; d < edge; ++d) begin[d + 1] += begin[d];
  std::vector<std::uint32_t> codes(n);
  std::vector<std::uint64_t> next(begin.begin(), begin.end() - 1);
  for (std::size_t i = 0; i < n; ++i)
    codes[next[plane[i]]++] = static_cast<std::uint32_t>(
        static_cast<std::uint64_t>(axes[1](cloud.y[i])) * edge + axes[2](cloud.z[i]));
  std::vector<std::uint64_t> voxels;
  voxels.reserve(n);
  Plane occupied(edge, voxels);
  for (std::uint64_t d = 0; d < edge; ++d)
    if (begin[d] != begin[d + 1])
      occupied.add(d, std::span(codes).subspan(begin[d], begin[d + 1] - begin[d]));
  return voxels;
}

std::vector<std::uint64_t> by_sorting(const Cloud& cloud, const std::array<Axis, 3>& axes,
                                      std::uint64_t edge) {
  std::vector<std::uint64_t> voxels(cloud.size());
  for (std::size_t i = 0; i < voxels.size(); ++i) {
    const std::uint64_t d = axes[0](cloud.x[i]), h = axes[1](cloud.y[i]), w = axes[2](cloud.z[i]);
    voxels[i] = (d * edge + h) * edge + w;
  }
  std::sort(voxels.begin(), voxels.end());
  voxels.erase(std::unique(voxels.begin(), voxels.end()), voxels.end());
  return voxels;
}

}  // namespace

std::vector<std::uint64_t> occupied_voxels(const Cloud& cloud, std::int64_t edge) {
  if (edge < 1 || edge > std::int64_t{1} << 21)
    throw DataError(cat("a cube of edge ", edge, " cannot be filled: the edge must be 1 to 2097152 voxels"));
  if (cloud.y.size() != cloud.size() || cloud.z.size() != cloud.size())
    throw DataError("a cloud's x, y and z differ in number");
  if (cloud.size() == 0) return {};
  const std::array<Extent, 3> extents = {extent_of(cloud.x, 'x'), extent_of(cloud.y, 'y'),
                                         extent_of(cloud.z, 'z')};
  double largest = 0;
  for (const Extent& e : extents) largest = std::max(largest, e.high - e.low);
  const double voxel = (largest + 1e-6) / static_cast<double>(edge);
  std::array<Axis, 3> axes{};
  for (int a = 0; a < 3; ++a) {
    const double span = (extents[a].high - extents[a].low) / voxel;
    axes[a] = {extents[a].low, voxel, (static_cast<double>(edge) - span) / 2, edge - 1};
  }
  const auto size = static_cast<std::uint64_t>(edge);
  return edge <= 65536 ? by_planes(cloud, axes, size) : by_sorting(cloud, axes, size);
}

}  // namespace scaffold
