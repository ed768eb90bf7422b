// Colors of errors against those of classes, as eyes see them.
#include <algorithm>
#include <array>
#include <cmath>

#include "catch.hpp"
#include "panels/error_styles.hpp"
#include "scene/colors.hpp"

using namespace scaffold::viewer;

namespace {

using Three = std::array<double, 3>;
using Matrix = std::array<Three, 3>;

// Linear RGB as seen without red, green or blue cones: Machado, Oliveira and Fernandes, "A
// physiologically-based model for simulation of color vision deficiency", IEEE TVCG 15(6), 2009, severity 1.
constexpr std::array<Matrix, 4> eyes{
    {{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
     {{{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}},
     {{{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}},
     {{{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}}}}};

Three times(const Matrix& m, const Three& v) {
  Three result{};
  for (std::size_t i = 0; i < 3; ++i) result[i] = m[i][0] * v[0] + m[i][1] * v[1] + m[i][2] * v[2];
  return result;
}

/// CIELAB (white D65) of an sRGB color.
Three lab(Rgb color, const Matrix& eye) {
  constexpr Matrix to_xyz{{{0.4124564, 0.3575761, 0.1804375},
                           {0.2126729, 0.7151522, 0.0721750},
                           {0.0193339, 0.1191920, 0.9503041}}};
  constexpr Three white{0.95047, 1, 1.08883};
  const auto linear = [](float part) {
    const auto c = static_cast<double>(part);
    return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
  };
  Three seen = times(eye, {linear(color.r), linear(color.g), linear(color.b)});
  for (auto& part : seen) part = std::clamp(part, 0.0, 1.0);
  Three f = times(to_xyz, seen);
  for (std::size_t i = 0; i < 3; ++i) {
    const double t = f[i] / white[i];
    f[i] = t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116;
  }
  return {116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])};
}

/// The least of all eyes.
double distance(Rgb a, Rgb b) {
  double least = 1e9;
  for (const auto& eye : eyes) {
    const Three p = lab(a, eye), q = lab(b, eye);
    least = std::min(least, std::hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]));
  }
  return least;
}

}  // namespace

TEST_CASE("errors are told from classes and from each other by any eyes") {
  // About ten times what is just noticed.
  constexpr double told_from_classes = 20, told_from_errors = 30, told_from_ground = 30;
  for (const bool dark : {true, false})
    for (const auto& styles : {error_styles(dark), difference_styles(dark)}) {
      REQUIRE(styles.size() == 4);
      for (std::size_t i = 1; i < styles.size(); ++i) {
        INFO(styles[i].name << (dark ? ", dark" : ", light"));
        for (std::size_t c = 0; c < 8; ++c)
          CHECK(distance(styles[i].color, distinct_color(c)) > told_from_classes);
        for (std::size_t j = 1; j < i; ++j)
          CHECK(distance(styles[i].color, styles[j].color) > told_from_errors);
        CHECK(distance(styles[i].color, dark ? Rgb{0.06f, 0.06f, 0.07f} : Rgb{1, 1, 1}) > told_from_ground);
      }
    }
}
