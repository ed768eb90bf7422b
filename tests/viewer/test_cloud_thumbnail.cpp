#include <rapidcheck.h>

#include <cmath>
#include <numeric>

#include "catch.hpp"
#include "core/philox.hpp"
#include "fractal_unet/fractal/cloud.hpp"
#include "scene/cloud_thumbnail.hpp"

using namespace scaffold;
using namespace scaffold::viewer;

namespace {

Cloud any_cloud() {
  Stream stream(*rc::gen::arbitrary<std::uint64_t>(), fractal_purpose::instance_cloud);
  Cloud cloud;
  const auto points = *rc::gen::inRange(1, 500);
  for (int i = 0; i < points; ++i) {
    cloud.x.push_back(static_cast<float>(4 * stream.uniform() - 2));
    cloud.y.push_back(static_cast<float>(stream.uniform()));
    cloud.z.push_back(static_cast<float>(9 * stream.uniform()));
  }
  return cloud;
}

ThumbnailView any_view() {
  const auto direction = [] { return *rc::gen::inRange(-9, 10) + 0.5; };
  return look_from({direction(), direction(), direction()});
}

double sum(const std::vector<float>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

}  // namespace

TEST_CASE("a view's directions are orthonormal and right-handed") {
  for (const auto& from : {std::array<double, 3>{0, 0, 5}, {0, 0, -1}, {1, 0, 0}, {0, -2, 0}, {1, 2, 3}}) {
    const ThumbnailView v = look_from(from);
    for (std::size_t i = 0; i < 3; ++i) {
      const std::size_t j = (i + 1) % 3, k = (i + 2) % 3;
      CHECK(v.right[j] * v.up[k] - v.right[k] * v.up[j] == Approx(v.toward[i]).margin(1e-12));
    }
    CHECK(v.right[0] * v.right[0] + v.right[1] * v.right[1] + v.right[2] * v.right[2] == Approx(1));
    CHECK(v.right[0] * v.up[0] + v.right[1] * v.up[1] + v.right[2] * v.up[2] == Approx(0).margin(1e-12));
  }
}

TEST_CASE("a point lands on the pixel that the formula says") {
  // From +x, z upwards: y runs to the right, so (·, 0.3, -0.2) lies right of and below the middle.
  const ThumbnailView view = look_from({1, 0, 0});
  const Cloud cloud{{7.f}, {0.3f}, {-0.2f}};
  const DensityBuffer buffer = project(cloud, view, {{0, 0, 0}, 10}, 20, 16);
  // Columns 10 + 3.0000001, rows 8 + 2.
  const std::size_t at = 10 * 20 + 13;
  CHECK(buffer.count[at] == 1);
  CHECK(buffer.depth[at] == 7);
  CHECK(sum(buffer.count) == 1);
  CHECK(sum(project(Cloud{{7.f}, {30.f}, {0.f}}, view, {{0, 0, 0}, 10}, 20, 16).count) == 0);
}

TEST_CASE("every point is counted once") {
  CHECK(rc::check([] {
    const Cloud cloud = any_cloud();
    const ThumbnailView view = any_view();
    const int width = *rc::gen::inRange(16, 90), height = *rc::gen::inRange(16, 90);
    Framing framing = frame(cloud, view, width, height);
    RC_ASSERT(sum(project(cloud, view, framing, width, height).count) == static_cast<double>(cloud.size()));
    // Nearer: those are counted that lie in view.
    framing.scale *= 3;
    std::size_t inside = 0;
    for (std::size_t i = 0; i < cloud.size(); ++i) {
      const double p[] = {static_cast<double>(cloud.x[i]) - framing.center[0],
                          static_cast<double>(cloud.y[i]) - framing.center[1],
                          static_cast<double>(cloud.z[i]) - framing.center[2]};
      const double u = p[0] * view.right[0] + p[1] * view.right[1] + p[2] * view.right[2];
      const double v = p[0] * view.up[0] + p[1] * view.up[1] + p[2] * view.up[2];
      const double column = width / 2.0 + framing.scale * u, row = height / 2.0 - framing.scale * v;
      inside += column >= 0 && column < width && row >= 0 && row < height;
    }
    RC_ASSERT(sum(project(cloud, view, framing, width, height).count) == static_cast<double>(inside));
  }));
}

TEST_CASE("pictures are opaque, show the background where nothing is, and differ in the themes") {
  const ThumbnailStyle dark{{0.05f, 0.05f, 0.06f}, true, {}}, light{{1, 1, 1}, false, {}};
  const Thumbnail nothing = cloud_thumbnail({}, 32, dark);
  for (std::size_t i = 0; i < nothing.rgba.size(); ++i)
    REQUIRE(nothing.rgba[i] == (i % 4 == 3 ? 255 : i % 4 == 2 ? 15 : 13));
  const Cloud one{{0.f}, {0.f}, {0.f}};
  const Thumbnail a = cloud_thumbnail(one, 33, dark), b = cloud_thumbnail(one, 33, light);
  const std::size_t middle = 4 * (16 * 33 + 16);
  CHECK(a.rgba[middle + 1] > 60);  // brighter than what is behind
  CHECK(b.rgba[middle] < 200);     // darker
  CHECK(a.rgba[0] == 13);
  CHECK(b.rgba[0] == 255);
}

TEST_CASE("the ramp's lightness rises with the share on dark, falls on light") {
  const auto lightness = [](Rgb c) { return 0.2126f * c.r + 0.7152f * c.g + 0.0722f * c.b; };
  for (int i = 1; i <= 50; ++i) {
    CHECK(lightness(ramp(i / 50.0, true)) > lightness(ramp((i - 1) / 50.0, true)));
    CHECK(lightness(ramp(i / 50.0, false)) < lightness(ramp((i - 1) / 50.0, false)));
  }
}
