// Colors of classes.
#pragma once
#include <cstddef>

#include "core/rgb.hpp"

namespace scaffold::viewer {

/// Colors that stay distinct to color-blind eyes (Okabe and Ito, "Color universal design", 2008), repeated
/// in other shades beyond eight.
Rgb distinct_color(std::size_t index);

}  // namespace scaffold::viewer
