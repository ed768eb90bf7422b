// Points in space where somebody else keeps them, an array an axis.
#pragma once
#include <span>

namespace scaffold::viewer {

/// Valid while the arrays are.
struct PointCloud {
  PointCloud() = default;
  /// Of anything with the arrays x, y and z of one length.
  template <class Points>
  PointCloud(const Points& points) : x(points.x), y(points.y), z(points.z) {}

  std::span<const float> x, y, z;
  std::size_t size() const { return x.size(); }
};

}  // namespace scaffold::viewer
