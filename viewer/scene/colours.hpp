// Colours of classes.
#pragma once
#include <cstddef>

namespace scaffold::viewer {

struct Rgb {
  float r = 0, g = 0, b = 0;
  bool operator==(const Rgb&) const = default;
};

/// Colours that stay distinct to colour-blind eyes (Okabe and Ito, "Color universal design", 2008), repeated
/// in other shades beyond eight.
Rgb distinct_colour(std::size_t index);

}  // namespace scaffold::viewer
