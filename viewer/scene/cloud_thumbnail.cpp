#include "scene/cloud_thumbnail.hpp"

#include <algorithm>
#include <cmath>

namespace scaffold::viewer {
namespace {

using Vector = std::array<double, 3>;

double dot(const Vector& a, const Vector& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
Vector cross(const Vector& a, const Vector& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
Vector unit(const Vector& a) {
  const double length = std::sqrt(dot(a, a));
  return {a[0] / length, a[1] / length, a[2] / length};
}
Vector point(const PointCloud& cloud, std::size_t i, const Vector& center) {
  return {static_cast<double>(cloud.x[i]) - center[0], static_cast<double>(cloud.y[i]) - center[1],
          static_cast<double>(cloud.z[i]) - center[2]};
}

struct Span {
  double low = INFINITY, high = -INFINITY;
  void take(double v) {
    low = std::min(low, v);
    high = std::max(high, v);
  }
  double middle() const { return low + (high - low) / 2; }
};

/// One pass of a binomial kernel (1 4 6 4 1)/16 along rows, the result turned: twice is both directions.
std::vector<float> blurred(const std::vector<float>& in, std::size_t width, std::size_t height) {
  constexpr float kernel[] = {1 / 16.f, 4 / 16.f, 6 / 16.f, 4 / 16.f, 1 / 16.f};
  std::vector<float> out(in.size());
  for (std::size_t y = 0; y < height; ++y)
    for (std::size_t x = 0; x < width; ++x) {
      float sum = 0;
      for (std::size_t k = 0; k < 5; ++k)
        if (x + k >= 2 && x + k < width + 2) sum += kernel[k] * in[y * width + x + k - 2];
      out[x * height + y] = sum;
    }
  return out;
}

/// What `count` is called dense at: the 99th percentile of what is not empty.
float dense(std::vector<float> counts) {
  std::erase_if(counts, [](float c) { return c < 0.02f; });
  if (counts.empty()) return 1;
  const auto at = counts.begin() + static_cast<std::ptrdiff_t>(counts.size() * 99 / 100);
  std::nth_element(counts.begin(), at, counts.end());
  return std::max(*at, 0.1f);
}

std::uint8_t byte(float v) { return static_cast<std::uint8_t>(std::lround(255 * std::clamp(v, 0.f, 1.f))); }

}  // namespace

ThumbnailView look_from(const Vector& from, const Vector& up) {
  ThumbnailView view;
  view.toward = unit(from);
  Vector across = cross(up, view.toward);
  if (dot(across, across) < 1e-12) across = cross({0, 1, 0}, view.toward);
  if (dot(across, across) < 1e-12) across = cross({1, 0, 0}, view.toward);
  view.right = unit(across);
  view.up = cross(view.toward, view.right);
  return view;
}

Framing frame(const PointCloud& cloud, const ThumbnailView& view, int width, int height, double margin) {
  Framing framing;
  if (cloud.size() == 0) return framing;
  Span right, up, toward;
  for (std::size_t i = 0; i < cloud.size(); ++i) {
    const Vector p = point(cloud, i, {});
    right.take(dot(p, view.right));
    up.take(dot(p, view.up));
    toward.take(dot(p, view.toward));
  }
  for (std::size_t a = 0; a < 3; ++a)
    framing.center[a] =
        right.middle() * view.right[a] + up.middle() * view.up[a] + toward.middle() * view.toward[a];
  const double share = 1 - 2 * margin;
  const double x = width * share / (right.high - right.low), y = height * share / (up.high - up.low);
  framing.scale = std::min(x, y);
  if (!std::isfinite(framing.scale)) framing.scale = 1;
  return framing;
}

DensityBuffer project(const PointCloud& cloud, const ThumbnailView& view, const Framing& framing, int width,
                      int height) {
  DensityBuffer buffer{width, height, {}, {}};
  const auto pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  buffer.count.resize(pixels);
  buffer.depth.resize(pixels);
  for (std::size_t i = 0; i < cloud.size(); ++i) {
    const Vector p = point(cloud, i, framing.center);
    const double column = std::floor(width / 2.0 + framing.scale * dot(p, view.right));
    const double row = std::floor(height / 2.0 - framing.scale * dot(p, view.up));
    if (!(column >= 0 && column < width && row >= 0 && row < height)) continue;
    const auto at =
        static_cast<std::size_t>(row) * static_cast<std::size_t>(width) + static_cast<std::size_t>(column);
    buffer.count[at] += 1;
    buffer.depth[at] += static_cast<float>(dot(p, view.toward));
  }
  return buffer;
}

Thumbnail shade(const DensityBuffer& buffer, const ThumbnailStyle& style) {
  const auto w = static_cast<std::size_t>(buffer.width), h = static_cast<std::size_t>(buffer.height);
  const auto soft_count = blurred(blurred(buffer.count, w, h), h, w);
  const auto soft_depth = blurred(blurred(buffer.depth, w, h), h, w);
  // Depths from the 2nd to the 98th percentile of the pixels, so that a few far points take no colors away.
  std::vector<float> depths;
  for (std::size_t i = 0; i < soft_count.size(); ++i)
    if (buffer.count[i] > 0) depths.push_back(buffer.depth[i] / buffer.count[i]);
  float low = 0, high = 1;
  if (!depths.empty()) {
    std::sort(depths.begin(), depths.end());
    low = depths[depths.size() * 2 / 100];
    high = depths[(depths.size() - 1) * 98 / 100];
  }
  const float span = high > low ? high - low : 1;
  const float most = std::log1p(8 * dense(soft_count));
  Thumbnail picture{buffer.width, buffer.height, std::vector<std::uint8_t>(4 * w * h, 255)};
  for (std::size_t i = 0; i < soft_count.size(); ++i) {
    // The soft part fills what few points leave open, the sharp part keeps single points.
    const float soft = std::log1p(8 * soft_count[i]) / most;
    const float sharp = buffer.count[i] > 0 ? 0.35f + 0.3f * std::min(soft, 1.f) : 0;
    const float cover = std::clamp(0.75f * soft + sharp, 0.f, 1.f);
    const float near =
        soft_count[i] > 0 ? std::clamp((soft_depth[i] / soft_count[i] - low) / span, 0.f, 1.f) : 0;
    Rgb c = ramp(static_cast<double>(near), style.dark);
    if (style.color) {
      const float light = 0.45f + 0.55f * near;
      const Rgb own = *style.color, back = style.background;
      c = {back.r + (own.r - back.r) * light, back.g + (own.g - back.g) * light,
           back.b + (own.b - back.b) * light};
    }
    const float* from = &style.background.r;
    const float* to = &c.r;
    for (std::size_t k = 0; k < 3; ++k) picture.rgba[4 * i + k] = byte(from[k] + (to[k] - from[k]) * cover);
  }
  return picture;
}

Thumbnail cloud_thumbnail(const PointCloud& cloud, int edge, const ThumbnailStyle& style) {
  const ThumbnailView view = look_from({1.6, 1.2, 0.9});
  return shade(project(cloud, view, frame(cloud, view, edge, edge), edge, edge), style);
}

Rgb ramp(double share, bool dark) {
  static constexpr Rgb stops[] = {
      {0.267f, 0.005f, 0.329f}, {0.283f, 0.141f, 0.458f}, {0.254f, 0.265f, 0.530f}, {0.207f, 0.372f, 0.553f},
      {0.164f, 0.471f, 0.558f}, {0.128f, 0.567f, 0.551f}, {0.135f, 0.659f, 0.518f}, {0.267f, 0.749f, 0.441f},
      {0.478f, 0.821f, 0.318f}, {0.741f, 0.873f, 0.150f}, {0.993f, 0.906f, 0.144f}};
  // On white the near end is the dark one.
  const double t = std::clamp(share, 0.0, 1.0);
  const double at = 10 * (dark ? 0.2 + 0.8 * t : 0.75 * (1 - t));
  const auto i = std::min(static_cast<std::size_t>(at), std::size_t{9});
  const auto f = static_cast<float>(at - static_cast<double>(i));
  const Rgb a = stops[i], b = stops[i + 1];
  return {a.r + (b.r - a.r) * f, a.g + (b.g - a.g) * f, a.b + (b.b - a.b) * f};
}

}  // namespace scaffold::viewer
