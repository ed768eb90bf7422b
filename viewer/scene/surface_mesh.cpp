#include "scene/surface_mesh.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "scene/each_voxel.hpp"

namespace scaffold::viewer {
namespace {

using Vector = std::array<float, 3>;

constexpr float most_turned = 0.64f;  // the cosine of 50 degrees

float dot(const Vector& a, const Vector& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
float length(const Vector& a) { return std::sqrt(dot(a, a)); }

/// Where a corner of the lattice may go to, by which of the eight voxels around it are the class's: bit
/// 4·d + 2·h + w of `around` is the one on the higher side of these axes.
struct Outward {
  Vector direction{};  ///< of length 1, away from the class's voxels; 0: nowhere
  float room = 0;      ///< to the middle of the voxels around it
};

Outward outward_of(unsigned around) {
  std::array<int, 3> sum{};
  for (unsigned octant = 0; octant < 8; ++octant)
    for (std::size_t axis = 0; axis < 3; ++axis)
      if (around >> octant & 1) sum[axis] += octant >> (2 - axis) & 1 ? -1 : 1;
  // What lies there must be free, or the point would cut into the class.
  for (unsigned octant = 0; octant < 8; ++octant) {
    bool there = true;
    for (std::size_t axis = 0; axis < 3; ++axis)
      there &= sum[axis] == 0 || (sum[axis] > 0) == static_cast<bool>(octant >> (2 - axis) & 1);
    if (there && (around >> octant & 1)) return {};
  }
  const double length = std::hypot(sum[0], sum[1], sum[2]);
  Outward outward;
  double longest = 0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    outward.direction[axis] = static_cast<float>(sum[axis] / length);
    longest = std::max(longest, std::abs(sum[axis] / length));
  }
  outward.room = static_cast<float>(0.5 / longest);
  return outward;
}

const std::array<Outward, 256>& outward_table() {
  static const std::array<Outward, 256> table = [] {
    std::array<Outward, 256> all;
    for (unsigned around = 1; around < 255; ++around) all[around] = outward_of(around);
    return all;
  }();
  return table;
}

class SurfaceBuilder {
 public:
  SurfaceBuilder(const LabelVolume& volume, std::uint8_t label, const Index3& begin, const Index3& end)
      : volume_(volume), label_(label), begin_(begin), end_(end) {
    rows_ = static_cast<std::size_t>(end[2] - begin[2] + 1);
    for (auto& plane : planes_) plane.assign(static_cast<std::size_t>(end[1] - begin[1] + 1) * rows_, -1);
  }

  void find_faces() {
    for (std::int64_t d = begin_[0]; d < end_[0]; ++d) {
      each_voxel(volume_, label_, {d, begin_[1], begin_[2]}, {d + 1, end_[1], end_[2]},
                 [&](std::int64_t, std::int64_t h, std::int64_t w) {
                   add_faces({d, h, w});
                 });
      std::swap(planes_[0], planes_[1]);
      std::ranges::fill(planes_[1], -1);
    }
  }

  /// Each point to the middle of its neighbors, as far as it may, all at once; a few times.
  void relax(float smoothing) {
    constexpr int rounds = 12;
    const auto& table = outward_table();
    std::vector<float> gone(corners_.size()), next(corners_.size());
    const auto place = [&](std::size_t point, std::size_t axis) {
      return static_cast<float>(corners_[point][axis]) + gone[point] * table[around_[point]].direction[axis];
    };
    for (int round = 0; smoothing > 0 && round < rounds; ++round) {
      for (std::size_t point = 0; point < corners_.size(); ++point) {
        const Outward& outward = table[around_[point]];
        float along = 0, count = 0;
        for (const std::int32_t other : neighbors_[point]) {
          if (other < 0) continue;
          ++count;
          for (std::size_t axis = 0; axis < 3; ++axis)
            along += outward.direction[axis] * (place(static_cast<std::size_t>(other), axis) -
                                                static_cast<float>(corners_[point][axis]));
        }
        next[point] = std::clamp(along / count, 0.f, smoothing * outward.room);
      }
      std::swap(gone, next);
    }
    const auto step = static_cast<float>(volume_.step);
    mesh_.points.resize(3 * corners_.size());
    for (std::size_t point = 0; point < corners_.size(); ++point)
      for (std::size_t axis = 0; axis < 3; ++axis) mesh_.points[3 * point + axis] = step * place(point, axis);
  }

  SurfaceMesh take() {
    add_normals();
    return std::move(mesh_);
  }

 private:
  bool is_in(std::int64_t d, std::int64_t h, std::int64_t w) const {
    return d >= begin_[0] && h >= begin_[1] && w >= begin_[2] && d < end_[0] && h < end_[1] && w < end_[2] &&
           volume_.at(d, h, w) == label_;
  }

  std::int32_t point_at(const std::array<std::int64_t, 3>& corner, std::size_t plane) {
    std::int32_t& number = planes_[plane][static_cast<std::size_t>(corner[1] - begin_[1]) * rows_ +
                                          static_cast<std::size_t>(corner[2] - begin_[2])];
    if (number >= 0) return number;
    number = static_cast<std::int32_t>(corners_.size());
    unsigned around = 0;
    for (unsigned octant = 0; octant < 8; ++octant)
      if (is_in(corner[0] - 1 + (octant >> 2), corner[1] - 1 + (octant >> 1 & 1),
                corner[2] - 1 + (octant & 1)))
        around |= 1u << octant;
    corners_.push_back({static_cast<std::int32_t>(corner[0]), static_cast<std::int32_t>(corner[1]),
                        static_cast<std::int32_t>(corner[2])});
    around_.push_back(static_cast<std::uint8_t>(around));
    neighbors_.push_back({-1, -1, -1, -1, -1, -1});
    return number;
  }

  void add_faces(const Index3& voxel) {
    for (std::size_t face = 0; face < 6; ++face) {
      Index3 beside = voxel;
      beside[face / 2] += face % 2 ? 1 : -1;
      if (is_in(beside[0], beside[1], beside[2])) continue;
      std::array<std::int32_t, 4> quad{};
      for (std::size_t i = 0; i < 4; ++i) {
        const auto& corner = cube_faces[face][i];
        quad[i] = point_at({voxel[0] + corner[0], voxel[1] + corner[1], voxel[2] + corner[2]},
                           static_cast<std::size_t>(corner[0]));
      }
      mesh_.quads.insert(mesh_.quads.end(), quad.begin(), quad.end());
      for (std::size_t i = 0; i < 4; ++i) connect(quad[i], quad[(i + 1) % 4]);
    }
  }

  /// Two points beside each other on the lattice, one step along an axis.
  void connect(std::int32_t a, std::int32_t b) {
    const auto &from = corners_[static_cast<std::size_t>(a)], &to = corners_[static_cast<std::size_t>(b)];
    for (std::size_t axis = 0; axis < 3; ++axis) {
      if (from[axis] == to[axis]) continue;
      const bool up = to[axis] > from[axis];
      neighbors_[static_cast<std::size_t>(a)][2 * axis + (up ? 1 : 0)] = b;
      neighbors_[static_cast<std::size_t>(b)][2 * axis + (up ? 0 : 1)] = a;
    }
  }

  void add_normals() {
    const std::size_t quads = mesh_.quads.size() / 4;
    std::vector<Vector> of_quad(quads);  // as long as the quad is large
    for (std::size_t quad = 0; quad < quads; ++quad) of_quad[quad] = normal_of(quad);
    // The quads around each point, one point after another.
    std::vector<std::uint32_t> begin(corners_.size() + 1), around(mesh_.quads.size());
    for (const std::int32_t point : mesh_.quads) ++begin[static_cast<std::size_t>(point) + 1];
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    auto next = begin;
    for (std::size_t i = 0; i < mesh_.quads.size(); ++i)
      around[next[static_cast<std::size_t>(mesh_.quads[i])]++] = static_cast<std::uint32_t>(i / 4);
    mesh_.normals.reserve(3 * mesh_.quads.size());
    for (std::size_t i = 0; i < mesh_.quads.size(); ++i) {
      const auto point = static_cast<std::size_t>(mesh_.quads[i]);
      const Vector own = of_quad[i / 4];
      Vector sum{};
      for (std::uint32_t k = begin[point]; k < begin[point + 1]; ++k)
        if (const Vector& other = of_quad[around[k]];
            dot(own, other) >= most_turned * length(own) * length(other))
          for (std::size_t axis = 0; axis < 3; ++axis) sum[axis] += other[axis];
      const float all = std::max(length(sum), 1e-30f);
      for (const float part : sum) mesh_.normals.push_back(part / all);
    }
  }

  /// From its diagonals.
  Vector normal_of(std::size_t quad) const {
    const auto at = [&](std::size_t corner, std::size_t axis) {
      return mesh_.points[3 * static_cast<std::size_t>(mesh_.quads[4 * quad + corner]) + axis];
    };
    Vector a{}, b{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      a[axis] = at(2, axis) - at(0, axis);
      b[axis] = at(3, axis) - at(1, axis);
    }
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
  }

  const LabelVolume& volume_;
  std::uint8_t label_;
  Index3 begin_, end_;
  std::size_t rows_ = 0;
  /// Numbers of the points on the lattice's planes below and above the voxels being looked at; -1: none yet.
  std::array<std::vector<std::int32_t>, 2> planes_;
  std::vector<std::array<std::int32_t, 3>> corners_;
  std::vector<std::uint8_t> around_;
  std::vector<std::array<std::int32_t, 6>> neighbors_;  ///< lower, higher along each axis; -1: none
  SurfaceMesh mesh_;
};

}  // namespace

SurfaceMesh enclosing_surface(const LabelVolume& volume, std::uint8_t label, const Index3& begin,
                              const Index3& end, double smoothing) {
  SurfaceBuilder builder(volume, label, begin, end);
  builder.find_faces();
  builder.relax(static_cast<float>(std::clamp(smoothing, 0.0, 1.0)));
  return builder.take();
}

}  // namespace scaffold::viewer
