
#include <cmath>
#include <limits>
#include <regex>

#include "catch.hpp"
#include "report/svg_roofline.hpp"

using namespace scaffold;

namespace {

/// 10 GB/s and 1 TFLOP/s: the ridge is at 100 FLOP a byte.
Roofline two_kinds() {
  Roofline picture;
  picture.title = "kernels";
  picture.bytes_per_second = 1e10;
  picture.flops_per_second = 1e12;
  picture.kinds = {"norm", "convolution"};
  picture.points = {{"norm, forward", 1, 5e9, 0}, {"conv <3>", 1000, 2.5e11, 1}};
  return picture;
}

struct Circle {
  double x, y;
  std::string tooltip;
};

std::vector<Circle> circles(const std::string& text) {
  std::vector<Circle> found;
  const std::regex circle("<circle[^>]*cx=\"([^\"]*)\" cy=\"([^\"]*)\"[^>]*><title>([^<]*)</title>");
  for (std::sregex_iterator at(text.begin(), text.end(), circle), end; at != end; ++at)
    found.push_back({std::stod((*at)[1]), std::stod((*at)[2]), (*at)[3]});
  return found;
}

/// The roof's corners.
std::vector<std::pair<double, double>> roof(const std::string& text) {
  std::smatch path;
  REQUIRE(std::regex_search(text, path, std::regex("class=\"sc-target\" d=\"([^\"]*)\"")));
  std::vector<std::pair<double, double>> corners;
  const std::string d = path[1];
  const std::regex corner("[ML]([-0-9.]+) ([-0-9.]+)");
  for (std::sregex_iterator at(d.begin(), d.end(), corner), end; at != end; ++at)
    corners.emplace_back(std::stod((*at)[1]), std::stod((*at)[2]));
  return corners;
}

}  // namespace

TEST_CASE("each point tells the share of the roof above it, and lies below it") {
  const std::string text = svg(two_kinds());
  const auto points = circles(text);
  REQUIRE(points.size() == 2);
  CHECK_THAT(points[0].tooltip, Catch::Contains("norm, forward") && Catch::Contains("50 % of its roof"));
  CHECK_THAT(points[1].tooltip, Catch::Contains("conv &lt;3&gt;") && Catch::Contains("25 % of its roof"));
  const auto corners = roof(text);
  REQUIRE(corners.size() == 3);
  // On logarithmic axes the slope is straight up to the ridge and flat behind it.
  CHECK(corners[1].second == Approx(corners[2].second));
  CHECK(corners[0].second > corners[1].second);
  const double slope = (corners[1].second - corners[0].second) / (corners[1].first - corners[0].first);
  CHECK(points[0].y > corners[0].second + slope * (points[0].x - corners[0].first));  // down is larger
  CHECK(points[1].y > corners[2].second);
  // Three decades of intensity from the first point to the second, two from the first to the ridge.
  CHECK((points[1].x - points[0].x) / (corners[1].first - points[0].x) == Approx(1.5).epsilon(0.01));
}

TEST_CASE("numbers that cannot be drawn are left out, and without roofs there is no picture") {
  Roofline picture = two_kinds();
  for (const double bad : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    picture.points.push_back({"bad", bad, 1e9, 0});
    picture.points.push_back({"bad", 1, bad, 0});
  }
  CHECK(circles(svg(picture)).size() == 2);
  picture.bytes_per_second = 0;
  CHECK(circles(svg(picture)).empty());
}
