// A point cloud as a small picture, made on the CPU: how densely points lie (log scale) as opacity, how near
// they are as color.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "scene/colors.hpp"
#include "scene/point_cloud.hpp"

namespace scaffold::viewer {

/// Orthonormal; a picture's columns run along `right`, its rows against `up`, `toward` points at the eye.
struct ThumbnailView {
  std::array<double, 3> right{}, up{}, toward{};
};
/// The eye looks from `from` (any length above 0) at the cloud; `up` is what shows upwards.
ThumbnailView look_from(const std::array<double, 3>& from, const std::array<double, 3>& up = {0, 0, 1});

/// Where the cloud lands: column = floor(width/2 + scale·(p − center)·right),
/// row = floor(height/2 − scale·(p − center)·up).
struct Framing {
  std::array<double, 3> center{};
  double scale = 1;  ///< pixels for one unit
};
/// The cloud's bounds fill the picture but for a margin (a share of its edge).
Framing frame(const PointCloud& cloud, const ThumbnailView& view, int width, int height,
              double margin = 0.06);

struct DensityBuffer {
  int width = 0, height = 0;
  std::vector<float> count;  ///< points by pixel, row by row from the top
  std::vector<float> depth;  ///< sum of those points' (p − center)·toward
};
DensityBuffer project(const PointCloud& cloud, const ThumbnailView& view, const Framing& framing, int width,
                      int height);

struct ThumbnailStyle {
  Rgb background;
  bool dark = true;
  std::optional<Rgb> color;  ///< instead of the ramp
  bool operator==(const ThumbnailStyle&) const = default;
};
struct Thumbnail {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgba;  ///< top row first, opaque
};
Thumbnail shade(const DensityBuffer& buffer, const ThumbnailStyle& style);
/// All of it, seen from the corner of all three axes. An empty cloud is plain background.
Thumbnail cloud_thumbnail(const PointCloud& cloud, int edge, const ThumbnailStyle& style);

/// Color of a share from 0 (far, low) to 1 (near, high): viridis (van der Walt and Smith, 2015; made for
/// color-blind eyes), without the end that a dark or light background would swallow.
Rgb ramp(double share, bool dark);

}  // namespace scaffold::viewer
