// Lines of sight, and pictures compared.
#include <rapidcheck.h>
#include <vtkRenderer.h>
#include <vtkSmartPointer.h>

#include <cmath>
#include <map>
#include <set>

#include "any_volume.hpp"
#include "catch.hpp"
#include "scene/axes.hpp"
#include "scene/camera.hpp"
#include "scene/compare.hpp"
#include "scene/decorations.hpp"
#include "scene/pick.hpp"
#include "scene/slice.hpp"

using namespace scaffold::viewer;
using scaffold::testing::any_volume;

namespace {

/// The nearest visible voxel whose box the ray meets: by trying all of them.
std::optional<double> nearest_by_trying(const LabelVolume& volume, const std::vector<ClassStyle>& styles,
                                        const Ray& ray) {
  std::optional<double> best;
  for (std::int64_t d = 0; d < volume.extent[0]; ++d)
    for (std::int64_t h = 0; h < volume.extent[1]; ++h)
      for (std::int64_t w = 0; w < volume.extent[2]; ++w) {
        const auto label = volume.at(d, h, w);
        if (!label || !styles[label].visible) continue;
        const Index3 at{d, h, w};
        double enter = 0, leave = 1e300;
        for (std::size_t axis = 0; axis < 3; ++axis) {
          const double a = (static_cast<double>(at[axis]) - ray.origin[axis]) / ray.direction[axis],
                       b = (static_cast<double>(at[axis] + 1) - ray.origin[axis]) / ray.direction[axis];
          enter = std::max(enter, std::min(a, b));
          leave = std::min(leave, std::max(a, b));
        }
        if (enter < leave && (!best || enter < *best)) best = enter;
      }
  return best;
}

double uniform(double low, double high) {
  return low + (high - low) * static_cast<double>(*rc::gen::inRange(0, 1'000'000)) / 1e6;
}

}  // namespace

TEST_CASE("a line of sight meets the nearest visible voxel") {
  CHECK(rc::check([] {
    const LabelVolume volume = any_volume(14);
    std::vector<ClassStyle> styles(4);
    styles[2].visible = *rc::gen::arbitrary<bool>();
    Ray ray;
    double length = 0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      ray.origin[axis] = uniform(-20, 30);
      ray.direction[axis] = uniform(-1, 1) + 1e-9;
      length += ray.direction[axis] * ray.direction[axis];
    }
    for (auto& part : ray.direction) part /= std::sqrt(length);
    const auto found = pick(volume, styles, ray, {0, 0, 0}, volume.extent);
    const auto expected = nearest_by_trying(volume, styles, ray);
    RC_ASSERT(found.has_value() == expected.has_value());
    if (!found) return;
    RC_ASSERT(styles[volume.at(*found)].visible);
    // The voxel found holds the point where the nearest one is entered (up to rounding at an edge).
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double p = ray.origin[axis] + *expected * ray.direction[axis];
      RC_ASSERT(p > static_cast<double>((*found)[axis]) - 1e-6);
      RC_ASSERT(p < static_cast<double>((*found)[axis]) + 1 + 1e-6);
    }
  }));
}

TEST_CASE("a point is projected to the pixel whose line of sight passes through it") {
  CHECK(rc::check([] {
    auto renderer = vtkSmartPointer<vtkRenderer>::New();
    const double width = uniform(100, 2000), height = uniform(100, 2000);
    const std::array<double, 6> bounds{0, uniform(1, 500), 0, uniform(1, 500), 0, uniform(1, 500)};
    look_from(renderer, static_cast<Direction>(*rc::gen::inRange(0, 4)), bounds);
    set_parallel(renderer, *rc::gen::arbitrary<bool>());
    turn(renderer, uniform(-50, 50), uniform(-50, 50), height);
    std::array<double, 3> point{};
    for (std::size_t axis = 0; axis < 3; ++axis) point[axis] = uniform(0, bounds[2 * axis + 1]);
    const auto pixel = project(renderer, point, width, height);
    RC_ASSERT(pixel.has_value());
    const Ray ray = ray_through(renderer, (*pixel)[0], (*pixel)[1], width, height);
    double along = 0, squared = 0;
    for (std::size_t i = 0; i < 3; ++i) along += (point[i] - ray.origin[i]) * ray.direction[i];
    for (std::size_t i = 0; i < 3; ++i)
      squared += std::pow(point[i] - ray.origin[i] - along * ray.direction[i], 2);
    RC_ASSERT(std::sqrt(squared) < 1e-3 * (bounds[1] + bounds[3] + bounds[5]));
  }));
}

TEST_CASE("looking along an axis shows what the slice across it shows, the same way up") {
  CHECK(rc::check([] {
    auto renderer = vtkSmartPointer<vtkRenderer>::New();
    const auto extent = *rc::gen::container<std::array<int, 3>>(rc::gen::inRange(2, 60));
    const int axis = *rc::gen::inRange(0, 3);
    set_parallel(renderer, *rc::gen::arbitrary<bool>());
    look_from(renderer, static_cast<Direction>(axis + 1),
              {0, double(extent[0]), 0, double(extent[1]), 0, double(extent[2])});
    // A voxel's middle, and that of the one below and right of it in the slice's picture.
    const auto column = *rc::gen::inRange(0, extent[plane_axes(axis)[1]] - 1),
               row = *rc::gen::inRange(0, extent[plane_axes(axis)[0]] - 1);
    const auto pixel = [&](std::int64_t x, std::int64_t y) {
      const auto voxel = voxel_of(axis, extent[axis] / 2, x, y);
      return *project(renderer, {voxel[0] + 0.5, voxel[1] + 0.5, voxel[2] + 0.5}, 800, 600);
    };
    const auto here = pixel(column, row), right = pixel(column + 1, row), below = pixel(column, row + 1);
    RC_ASSERT(right[0] > here[0] + 1);
    RC_ASSERT(std::abs(right[1] - here[1]) < 1e-6 * 800);
    RC_ASSERT(below[1] > here[1] + 1);
    RC_ASSERT(std::abs(below[0] - here[0]) < 1e-6 * 800);
  }));
}

TEST_CASE("all of a volume is in sight from every named direction, and none of what is behind") {
  auto renderer = vtkSmartPointer<vtkRenderer>::New();
  for (const auto direction : {Direction::iso, Direction::x, Direction::y, Direction::z})
    for (const bool parallel : {false, true}) {
      set_parallel(renderer, parallel);
      look_from(renderer, direction, {0, 64, 0, 64, 0, 64});
      for (int corner = 0; corner < 8; ++corner) {
        const auto pixel = project(
            renderer, {corner & 1 ? 64. : 0., corner & 2 ? 64. : 0., corner & 4 ? 64. : 0.}, 800, 600);
        REQUIRE(pixel);
        CHECK((*pixel)[0] > 0);
        CHECK((*pixel)[0] < 800);
        CHECK((*pixel)[1] > 0);
        CHECK((*pixel)[1] < 600);
      }
      const Sight sight(renderer, 800, 600);
      CHECK(sight.pixels({0, 0, 0}, {64, 64, 64}) > 1);
      CHECK(sight.pixels({1e4, 1e4, 0}, {1e4 + 1, 1e4 + 1, 1}) == 0);
    }
}

TEST_CASE("a box that is fitted into a view fills it up to the margins") {
  CHECK(rc::check([] {
    auto renderer = vtkSmartPointer<vtkRenderer>::New();
    const double width = uniform(200, 2000), height = uniform(200, 2000);
    const std::array<double, 6> bounds{0, uniform(100, 300), 0, uniform(100, 300), 0, uniform(100, 300)};
    const Margins margins{uniform(0, width / 4), uniform(0, width / 4), uniform(0, height / 4),
                          uniform(0, height / 4)};
    set_parallel(renderer, *rc::gen::arbitrary<bool>());
    look_from(renderer, static_cast<Direction>(*rc::gen::inRange(0, 4)), bounds);
    fit(renderer, bounds, width, height, margins);
    double left = 1e9, right = -1e9, top = 1e9, bottom = -1e9;
    for (int corner = 0; corner < 8; ++corner) {
      const auto at = project(
          renderer, {bounds[corner & 1 ? 1 : 0], bounds[corner & 2 ? 3 : 2], bounds[corner & 4 ? 5 : 4]},
          width, height);
      RC_ASSERT(at.has_value());
      left = std::min(left, (*at)[0]);
      right = std::max(right, (*at)[0]);
      top = std::min(top, (*at)[1]);
      bottom = std::max(bottom, (*at)[1]);
    }
    const double x = (right - left) / (width - margins.left - margins.right),
                 y = (bottom - top) / (height - margins.top - margins.bottom);
    RC_ASSERT(std::abs(std::max(x, y) - 1) < 0.03);
    RC_ASSERT(std::abs((left + right) / 2 - (margins.left + width - margins.right) / 2) < 1);
    RC_ASSERT(std::abs((top + bottom) / 2 - (margins.top + height - margins.bottom) / 2) < 1);
  }));
}

TEST_CASE(
    "texts along a box's edges and a ruler's length stand apart, and an axis seen end on has no numbers") {
  CHECK(rc::check([] {
    auto renderer = vtkSmartPointer<vtkRenderer>::New();
    const double width = uniform(200, 2000), height = uniform(200, 1500), scale = uniform(1, 2);
    const bool voxels = *rc::gen::arbitrary<bool>();
    std::array<double, 6> bounds{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      bounds[2 * axis] = voxels ? 0 : uniform(-5, 0);
      bounds[2 * axis + 1] = voxels ? *rc::gen::inRange(1, 513) : bounds[2 * axis] + uniform(0.01, 9);
    }
    set_parallel(renderer, *rc::gen::arbitrary<bool>());
    look_from(renderer, static_cast<Direction>(*rc::gen::inRange(0, 4)), bounds);
    turn(renderer, uniform(-200, 200), uniform(-200, 200), height);
    TextRoom room;
    const AxisKind& kind = voxels ? voxel_axes : space_axes;
    std::vector<PlacedText> texts;
    if (voxels && *rc::gen::arbitrary<bool>()) {
      const auto extent = static_cast<std::int64_t>(bounds[1]);
      std::array<Index3, 2> ends{};
      for (auto& end : ends)
        for (auto& i : end) i = *rc::gen::inRange<std::int64_t>(0, extent);
      const auto length = ruler_text(renderer, ends, width, height, scale, room);
      RC_ASSERT(length.has_value());
      texts.push_back(*length);
    }
    for (auto& text : axis_texts(renderer, bounds, kind, width, height, scale, room))
      texts.push_back(std::move(text));
    // A strip of a text's own height through its middle, and half of its width: smaller than what is drawn.
    std::vector<TextBox> boxes;
    for (const auto& text : texts) {
      const auto at = project(renderer, text.at, width, height);
      RC_ASSERT(at.has_value());
      const double x = (*at)[0] + text.dx, y = (*at)[1] + text.dy;
      const double half = 13 * scale * 0.25 * static_cast<double>(text.text.size());
      boxes.push_back({x - half, y - 6 * scale, x + half, y + 6 * scale});
    }
    for (std::size_t i = 0; i < boxes.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) RC_ASSERT(!boxes[i].overlaps(boxes[j]));
  }));
  auto renderer = vtkSmartPointer<vtkRenderer>::New();
  const std::array<double, 6> bounds{0, 64, 0, 64, 0, 64};
  for (const auto& [direction, seen] : {std::pair{Direction::x, 1}, {Direction::y, 0}, {Direction::z, 0}}) {
    look_from(renderer, direction, bounds);
    TextRoom room;
    std::set<std::string> titles;
    std::map<std::string, int> numbers;
    for (const auto& text : axis_texts(renderer, bounds, voxel_axes, 800, 600, 1, room))
      if (text.text.size() > 3)
        titles.insert(text.text);
      else
        ++numbers[text.text];
    CHECK(titles.size() == 2);
    for (const char* number : {"16", "32", "48"}) CHECK(numbers[number] == 2);
    CHECK(titles.count(voxel_axes.titles[static_cast<std::size_t>(direction) - 1]) == 0);
    CHECK(titles.count(voxel_axes.titles[static_cast<std::size_t>(seen)]) == 1);
  }
}

TEST_CASE("changing between parallel and perspective keeps what stands in the middle") {
  auto renderer = vtkSmartPointer<vtkRenderer>::New();
  look_from(renderer, Direction::iso, {0, 64, 0, 64, 0, 64});
  const CameraPose before = pose(renderer);
  set_parallel(renderer, true);
  set_parallel(renderer, false);
  const CameraPose after = pose(renderer);
  for (std::size_t i = 0; i < 9; ++i) CHECK(after[i] == Approx(before[i]));
}

TEST_CASE("pictures: the same is the same, noise is not noticed, a thing that goes is") {
  Image a{80, 64, std::vector<std::uint8_t>(80 * 64 * 3, 100)};
  for (int y = 20; y < 40; ++y)
    for (int x = 20; x < 40; ++x) a.rgb[static_cast<std::size_t>((y * 80 + x) * 3)] = 250;
  CHECK(difference(block_means(a), block_means(a)) == 0);
  Image noisy = a;
  for (std::size_t i = 0; i < noisy.rgb.size(); i += 7)
    noisy.rgb[i] = static_cast<std::uint8_t>(noisy.rgb[i] - 20);
  CHECK(difference(block_means(a), block_means(noisy)) == 0);
  const Image gone{80, 64, std::vector<std::uint8_t>(80 * 64 * 3, 100)};
  CHECK(difference(block_means(a), block_means(gone)) == Approx(25.0 / (20 * 16)));
  const Image other{84, 64, std::vector<std::uint8_t>(84 * 64 * 3, 100)};
  CHECK(difference(block_means(a), block_means(other)) == 1);
  CHECK(distance({0, 0, 0}, {2, 3, 6}) == 7);
}
