#include "fractal_unet/fractal/measures.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/error.hpp"
#include "fractal_unet/fractal/voxelize.hpp"

namespace scaffold {
namespace {

constexpr int finest = 20;  // 2⁻²⁰ of the extent; 3 · 20 bits fit a code
constexpr std::size_t points_a_box = 4;

struct AxisValues {
  double low = 0, extent = 0, mean = 0, squares = 0;
};

AxisValues axis_of(const std::vector<float>& values) {
  AxisValues axis;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  axis.low = static_cast<double>(*low);
  axis.extent = static_cast<double>(*high) - axis.low;
  double sum = 0;
  for (const float v : values) sum += static_cast<double>(v);
  axis.mean = sum / static_cast<double>(values.size());
  for (const float v : values) {
    const double d = static_cast<double>(v) - axis.mean;
    axis.squares += d * d;
  }
  return axis;
}

/// Every third bit from bit 0 on: a Morton code, so that dropping 3 bits halves the resolution.
std::uint64_t spread(std::uint64_t v) {
  v = (v | v << 32) & 0x001F00000000FFFF;
  v = (v | v << 16) & 0x001F0000FF0000FF;
  v = (v | v << 8) & 0x100F00F00F00F00F;
  v = (v | v << 4) & 0x10C30C30C30C30C3;
  return (v | v << 2) & 0x1249249249249249;
}

/// Slope of the least-squares line through (i, values[i]).
double slope(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  double mean = 0, product = 0, square = 0;
  for (const double v : values) mean += v / n;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double x = static_cast<double>(i) - (n - 1) / 2;
    product += x * (values[i] - mean);
    square += x * x;
  }
  return product / square;
}

}  // namespace

std::optional<double> box_dimension(const Cloud& cloud) {
  if (cloud.size() == 0) return std::nullopt;
  const std::array<const std::vector<float>*, 3> coordinates{&cloud.x, &cloud.y, &cloud.z};
  std::array<AxisValues, 3> axes;
  double extent = 0;
  for (std::size_t a = 0; a < 3; ++a) {
    axes[a] = axis_of(*coordinates[a]);
    extent = std::max(extent, axes[a].extent);
  }
  if (!std::isfinite(extent)) return std::nullopt;
  if (!(extent > 0)) return 0;
  constexpr double cells = std::uint64_t{1} << finest;
  std::vector<std::uint64_t> codes(cloud.size());
  for (std::size_t i = 0; i < codes.size(); ++i)
    for (std::size_t a = 0; a < 3; ++a) {
      const double position = (static_cast<double>((*coordinates[a])[i]) - axes[a].low) / extent * cells;
      codes[i] |= spread(static_cast<std::uint64_t>(std::clamp(position, 0.0, cells - 1))) << a;
    }
  // Sorted once: codes stay sorted as bits are dropped.
  std::sort(codes.begin(), codes.end());
  std::vector<double> logs;
  for (int j = 1; j <= finest; ++j) {
    std::size_t boxes = 1;
    const int drop = 3 * (finest - j);
    for (std::size_t i = 1; i < codes.size(); ++i) boxes += codes[i] >> drop != codes[i - 1] >> drop;
    if (boxes * points_a_box > codes.size()) break;
    logs.push_back(std::log2(static_cast<double>(boxes)));
  }
  if (logs.size() < 2) return std::nullopt;
  return slope(logs);
}

CloudMeasures measure(const Cloud& cloud, std::int64_t edge, double normalize) {
  if (cloud.size() == 0) throw DataError("a cloud without points cannot be measured");
  CloudMeasures measures;
  measures.voxels = occupied_voxels(cloud, edge).size();
  const auto n = static_cast<double>(cloud.size());
  measures.distinct = static_cast<double>(measures.voxels) / n;
  measures.occupancy = static_cast<double>(measures.voxels) / std::pow(static_cast<double>(edge), 3);
  std::size_t a = 0;
  for (const auto* values : {&cloud.x, &cloud.y, &cloud.z}) {
    const AxisValues axis = axis_of(*values);
    measures.extent[a] = axis.extent;
    if (axis.extent > 0) {
      const double scale = 2 * normalize / axis.extent;
      measures.variance[a] = axis.squares / n * (scale * scale);
    }
    ++a;
  }
  measures.dimension = box_dimension(cloud);
  return measures;
}

double determinant(const AffineMap& map) {
  const auto& m = map.matrix;
  return m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) +
         m[2] * (m[3] * m[7] - m[4] * m[6]);
}

std::int64_t cube_edge(std::uint64_t points) {
  const double bits = std::log2(256.0 * static_cast<double>(std::max<std::uint64_t>(points, 1))) / 3;
  return std::int64_t{1} << std::clamp(static_cast<int>(std::lround(bits)), 1, 14);
}

}  // namespace scaffold
