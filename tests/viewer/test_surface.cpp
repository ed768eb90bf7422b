// Surfaces around voxels: none is lost, whatever the smoothing.
#include <rapidcheck.h>

#include <cmath>
#include <numbers>

#include "any_volume.hpp"
#include "catch.hpp"
#include "scene/surface_mesh.hpp"

using namespace scaffold::viewer;
using scaffold::testing::any_volume;

namespace {

using Point = std::array<double, 3>;

Point minus(const Point& a, const Point& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }
double dot(const Point& a, const Point& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
double length(const Point& a) { return std::sqrt(dot(a, a)); }
Point cross(const Point& a, const Point& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

Point point(const SurfaceMesh& mesh, std::int32_t number) {
  const float* at = mesh.points.data() + 3 * number;
  return {at[0], at[1], at[2]};
}

/// Calls body(a, b, c) for both triangles of each quad.
template <class Body>
void each_triangle(const SurfaceMesh& mesh, Body&& body) {
  for (std::size_t i = 0; i < mesh.quads.size(); i += 4) {
    std::array<Point, 4> p;
    for (std::size_t k = 0; k < 4; ++k) p[k] = point(mesh, mesh.quads[i + k]);
    body(p[0], p[1], p[2]);
    body(p[0], p[2], p[3]);
  }
}

double area(const SurfaceMesh& mesh) {
  double sum = 0;
  each_triangle(mesh, [&](const Point& a, const Point& b, const Point& c) {
    sum += length(cross(minus(b, a), minus(c, a))) / 2;
  });
  return sum;
}

/// By the divergence theorem.
double enclosed(const SurfaceMesh& mesh) {
  double sum = 0;
  each_triangle(mesh,
                [&](const Point& a, const Point& b, const Point& c) { sum += dot(a, cross(b, c)) / 6; });
  return sum;
}

/// How often the surface goes around a point: 1 inside, 0 outside (van Oosterom and Strackee, 1983).
double winding(const SurfaceMesh& mesh, const Point& at) {
  double sum = 0;
  each_triangle(mesh, [&](const Point& p, const Point& q, const Point& r) {
    const Point a = minus(p, at), b = minus(q, at), c = minus(r, at);
    const double la = length(a), lb = length(b), lc = length(c);
    sum +=
        2 * std::atan2(dot(a, cross(b, c)), la * lb * lc + dot(a, b) * lc + dot(b, c) * la + dot(c, a) * lb);
  });
  return sum / (4 * std::numbers::pi);
}

LabelVolume volume_of(Index3 extent, const std::vector<Index3>& voxels) {
  LabelVolume volume{
      extent, 1, std::vector<std::uint8_t>(static_cast<std::size_t>(extent[0] * extent[1] * extent[2])), {}};
  for (const auto& at : voxels)
    volume.labels[static_cast<std::size_t>((at[0] * extent[1] + at[1]) * extent[2] + at[2])] = 1;
  return volume;
}

double smoothing() { return *rc::gen::inRange(0, 101) / 100.0; }

}  // namespace

TEST_CASE("a voxel that stands by itself keeps all of its surface") {
  const LabelVolume volume = volume_of({5, 6, 7}, {{2, 3, 4}, {0, 0, 0}});
  for (const double by : {0.0, 0.5, 1.0}) {
    const SurfaceMesh mesh = enclosing_surface(volume, 1, {0, 0, 0}, volume.extent, by);
    CHECK(area(mesh) == Approx(12));
    CHECK(enclosed(mesh) == Approx(2));
  }
}

TEST_CASE("the edges of a voxel that stands by itself are sharp") {
  const LabelVolume lone = volume_of({3, 3, 3}, {{1, 1, 1}});
  const SurfaceMesh cube = enclosing_surface(lone, 1, {0, 0, 0}, lone.extent, 1);
  for (std::size_t i = 0; i < cube.normals.size(); i += 3)  // along one axis each
    CHECK(std::abs(cube.normals[i]) + std::abs(cube.normals[i + 1]) + std::abs(cube.normals[i + 2]) ==
          Approx(1));
}

TEST_CASE("without smoothing a surface is its voxels' outer faces") {
  CHECK(rc::check([] {
    const LabelVolume volume = any_volume(9);
    const SurfaceMesh mesh = enclosing_surface(volume, 2, {0, 0, 0}, volume.extent, 0);
    double faces = 0, voxels = 0;
    const auto is_in = [&](Index3 at) {
      for (std::size_t axis = 0; axis < 3; ++axis)
        if (at[axis] < 0 || at[axis] >= volume.extent[axis]) return false;
      return volume.at(at) == 2;
    };
    for (Index3 at{}; at[0] < volume.extent[0]; ++at[0])
      for (at[1] = 0; at[1] < volume.extent[1]; ++at[1])
        for (at[2] = 0; at[2] < volume.extent[2]; ++at[2]) {
          if (!is_in(at)) continue;
          ++voxels;
          for (std::size_t axis = 0; axis < 3; ++axis)
            for (const int by : {-1, 1}) {
              Index3 beside = at;
              beside[axis] += by;
              faces += !is_in(beside);
            }
        }
    RC_ASSERT(std::abs(area(mesh) - faces) < 1e-6 * (1 + faces));
    RC_ASSERT(std::abs(enclosed(mesh) - voxels) < 1e-6 * (1 + voxels));
  }));
}

TEST_CASE("a surface goes around every voxel, and no point leaves its neighborhood") {
  CHECK(rc::check([] {
    const LabelVolume volume = any_volume(8);
    const double by = smoothing();
    const auto label = static_cast<std::uint8_t>(*rc::gen::inRange(1, 4));
    const SurfaceMesh mesh = enclosing_surface(volume, label, {0, 0, 0}, volume.extent, by),
                      faces = enclosing_surface(volume, label, {0, 0, 0}, volume.extent, 0);
    RC_ASSERT(mesh.quads == faces.quads);
    for (std::size_t i = 0; i < mesh.points.size(); ++i)
      RC_ASSERT(std::abs(mesh.points[i] - faces.points[i]) <= 0.5 * by + 1e-5);
    RC_ASSERT(mesh.normals.size() == 3 * mesh.quads.size());
    for (std::size_t i = 0; i < mesh.normals.size(); i += 3)
      RC_ASSERT(std::abs(std::hypot(mesh.normals[i], mesh.normals[i + 1], mesh.normals[i + 2]) - 1) < 1e-4f);
    for (Index3 at{}; at[0] < volume.extent[0]; ++at[0])
      for (at[1] = 0; at[1] < volume.extent[1]; ++at[1])
        for (at[2] = 0; at[2] < volume.extent[2]; ++at[2])
          if (volume.at(at) == label)
            RC_ASSERT(winding(mesh, {at[0] + 0.5, at[1] + 0.5, at[2] + 0.5}) > 0.99);
    RC_ASSERT(enclosed(mesh) >= enclosed(faces) - 1e-4);
  }));
}

TEST_CASE("steps are filled up to the slope that they stand for") {
  std::vector<Index3> stairs;
  for (std::int64_t d = 0; d < 12; ++d)
    for (std::int64_t h = 0; h <= d; ++h)
      for (std::int64_t w = 0; w < 17; ++w) stairs.push_back({d, h, w});
  const LabelVolume volume = volume_of({12, 12, 17}, stairs);
  const SurfaceMesh mesh = enclosing_surface(volume, 1, {0, 0, 0}, volume.extent, 1);
  int seen = 0;
  for (std::size_t i = 0; i < mesh.points.size(); i += 3) {
    const double d = mesh.points[i], h = mesh.points[i + 1], w = mesh.points[i + 2];
    // Of the slope, away from where it ends: the steps' outer edges lie on h = d + 1.
    if (h < d - 0.5 || h < 2 || d > 10 || w < 6 || w > 11) continue;
    CHECK(h - d == Approx(1).margin(2e-3));
    ++seen;
  }
  CHECK(seen > 60);
}

TEST_CASE("a part of a reduced volume is where it is in the file") {
  LabelVolume volume = volume_of({4, 4, 4}, {{1, 2, 3}, {0, 0, 0}});
  volume.step = 8;
  const SurfaceMesh mesh = enclosing_surface(volume, 1, {1, 1, 1}, {4, 4, 4}, 1);
  CHECK(area(mesh) == Approx(6 * 64));
  Point low{1e9, 1e9, 1e9}, high{};
  for (std::size_t i = 0; i < mesh.points.size(); ++i) {
    low[i % 3] = std::min<double>(low[i % 3], mesh.points[i]);
    high[i % 3] = std::max<double>(high[i % 3], mesh.points[i]);
  }
  CHECK(low == Point{8, 16, 24});
  CHECK(high == Point{16, 24, 32});
}
