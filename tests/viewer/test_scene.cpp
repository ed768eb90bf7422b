// Geometry and slices of label volumes against brute force. No window is needed.
#include <rapidcheck.h>
#include <map>
#include <set>

#include "catch.hpp"
#include "scene/label_mesh.hpp"
#include "scene/slice.hpp"

using namespace scaffold::viewer;

namespace {

using Index = Index3;

LabelVolume any_volume() {
  LabelVolume volume;
  for (auto& extent : volume.extent) extent = *rc::gen::inRange<std::int64_t>(1, 12);
  volume.step = *rc::gen::inRange<std::int64_t>(1, 4);
  const auto n = static_cast<std::size_t>(volume.extent[0] * volume.extent[1] * volume.extent[2]);
  // Mostly empty, as fractals are.
  volume.labels = *rc::gen::container<std::vector<std::uint8_t>>(
      n, rc::gen::weightedElement<std::uint8_t>({{6, 0}, {2, 1}, {1, 2}, {1, 3}}));
  return volume;
}

std::pair<Index, Index> any_box(const LabelVolume& volume) {
  Index begin{}, end{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    begin[axis] = *rc::gen::inRange<std::int64_t>(0, volume.extent[axis] + 1);
    end[axis] = *rc::gen::inRange<std::int64_t>(begin[axis], volume.extent[axis] + 1);
  }
  return {begin, end};
}

bool inside(const Index& at, const Index& begin, const Index& end) {
  for (std::size_t axis = 0; axis < 3; ++axis)
    if (at[axis] < begin[axis] || at[axis] >= end[axis]) return false;
  return true;
}

}  // namespace

TEST_CASE("the faces are those between a voxel and what does not hide it") {
  CHECK(rc::check([] {
    const LabelVolume volume = any_volume();
    const auto [begin, end] = any_box(volume);
    const std::vector<bool> drawn{false, *rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>(), true};
    const std::uint8_t label = 1;
    // By the middle of a face, doubled, so that it is whole.
    std::map<Index, int> expected;
    for (std::int64_t d = begin[0]; d < end[0]; ++d)
      for (std::int64_t h = begin[1]; h < end[1]; ++h)
        for (std::int64_t w = begin[2]; w < end[2]; ++w) {
          if (volume.at(d, h, w) != label) continue;
          for (const Index& to : {Index{1, 0, 0}, {-1, 0, 0}, {0, 1, 0}, {0, -1, 0}, {0, 0, 1}, {0, 0, -1}}) {
            const Index next{d + to[0], h + to[1], w + to[2]};
            const bool exists = inside(next, begin, end);
            const int other = exists ? volume.at(next[0], next[1], next[2]) : 0;
            if (other == label || (other != 0 && drawn[static_cast<std::size_t>(other)])) continue;
            ++expected[{2 * d + 1 + to[0], 2 * h + 1 + to[1], 2 * w + 1 + to[2]}];
          }
        }
    // In two parts: what another part covers is seen all the same.
    const Index cut{begin[0], begin[1], *rc::gen::inRange<std::int64_t>(begin[2], end[2] + 1)};
    FaceMesh mesh;
    visible_faces(volume, label, drawn, {begin, {end[0], end[1], cut[2]}, begin, end, {}}, mesh);
    visible_faces(volume, label, drawn, {cut, end, begin, end, {}}, mesh);
    std::map<Index, int> found;
    for (std::size_t q = 0; q < mesh.quads(); ++q) {
      const float* corner = mesh.corners.data() + 12 * q;
      Index middle{};
      double normal[3];
      for (int i = 0; i < 3; ++i) {
        middle[static_cast<std::size_t>(i)] =
            std::llround((corner[i] + corner[3 + i] + corner[6 + i] + corner[9 + i]) / 2 /
                         static_cast<float>(volume.step));
        const int j = (i + 1) % 3, k = (i + 2) % 3;
        normal[i] = (corner[3 + j] - corner[j]) * (corner[6 + k] - corner[3 + k]) -
                    (corner[3 + k] - corner[k]) * (corner[6 + j] - corner[3 + j]);
      }
      ++found[middle];
      // Counter-clockwise from outside: the corners' own normal is the face's.
      const int axis = std::abs(mesh.normals[q]) - 1;
      RC_ASSERT(normal[axis] * mesh.normals[q] > 0);
    }
    RC_ASSERT(found == expected);
  }));
}

TEST_CASE("centers are those of the class's voxels") {
  CHECK(rc::check([] {
    const LabelVolume volume = any_volume();
    const auto [begin, end] = any_box(volume);
    std::size_t expected = 0;
    std::vector<float> centers;
    voxel_centers(volume, 2, only(begin, end), centers);
    for (std::int64_t d = begin[0]; d < end[0]; ++d)
      for (std::int64_t h = begin[1]; h < end[1]; ++h)
        for (std::int64_t w = begin[2]; w < end[2]; ++w) expected += volume.at(d, h, w) == 2;
    RC_ASSERT(centers.size() == 3 * expected);
    for (std::size_t i = 0; i < centers.size(); i += 3) {
      const auto index = [&](std::size_t axis) {
        return static_cast<std::int64_t>(centers[i + axis] / static_cast<float>(volume.step));
      };
      RC_ASSERT(volume.at(index(0), index(1), index(2)) == 2);
    }
  }));
}

TEST_CASE("a slice's pixels are the voxels under them") {
  CHECK(rc::check([] {
    const LabelVolume volume = any_volume();
    std::vector<ClassStyle> styles(4);
    for (std::size_t c = 1; c < 4; ++c) {
      styles[c].color = {static_cast<float>(c) * 0.2f, 0, 1};
      styles[c].visible = *rc::gen::arbitrary<bool>();
    }
    for (int axis = 0; axis < 3; ++axis) {
      const auto a = static_cast<std::size_t>(axis);
      const std::int64_t index = *rc::gen::inRange<std::int64_t>(0, volume.extent[a]);
      const SlicePicture picture = slice(volume, axis, index, styles, {0, 1, 0});
      const auto [down, right] = plane_axes(axis);
      RC_ASSERT(picture.width == volume.extent[static_cast<std::size_t>(right)]);
      RC_ASSERT(picture.height == volume.extent[static_cast<std::size_t>(down)]);
      for (int row = 0; row < picture.height; ++row)
        for (int column = 0; column < picture.width; ++column) {
          const auto at = voxel_of(axis, index, column, row);
          RC_ASSERT(at[a] == index);
          const auto label = volume.at(at[0], at[1], at[2]);
          const std::uint8_t red =
              picture.rgba[4 * (static_cast<std::size_t>(row) * static_cast<std::size_t>(picture.width) +
                                static_cast<std::size_t>(column))];
          RC_ASSERT(red == (label && styles[label].visible ? label * 51 : 0));
        }
    }
  }));
}
