// Colors of classes.
#pragma once
#include <cstddef>

namespace scaffold::viewer {

struct Rgb {
  float r = 0, g = 0, b = 0;
  bool operator==(const Rgb&) const = default;
};

/// Colors that stay distinct to color-blind eyes (Okabe and Ito, "Color universal design", 2008), repeated
/// in other shades beyond eight.
Rgb distinct_color(std::size_t index);

}  // namespace scaffold::viewer
